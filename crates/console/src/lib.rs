//! Shows linka to the browser and to monitoring. Until the console's pages exist: `/healthz` and
//! `/metrics`.
//!
//! Metrics carry no label of a line, a call or a caller (rule C4).

mod metrics;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

pub use metrics::Gauge;

/// The state of the running node, as far as it is shown.
pub trait Live: Send + Sync {
    /// Whether calls can be taken; else one word that says why not: whoever asks learns no more.
    fn health(&self) -> Result<(), &'static str>;
    /// The figures of now.
    fn gauges(&self) -> Vec<Gauge>;
}

/// Every route.
pub fn router(live: Arc<dyn Live>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics_page))
        .with_state(live)
}

async fn healthz(State(live): State<Arc<dyn Live>>) -> impl IntoResponse {
    match live.health() {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}

async fn metrics_page(State(live): State<Arc<dyn Live>>) -> impl IntoResponse {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics::exposition(&live.gauges()))
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    struct Node(Result<(), &'static str>);

    impl Live for Node {
        fn health(&self) -> Result<(), &'static str> {
            self.0
        }

        fn gauges(&self) -> Vec<Gauge> {
            vec![Gauge { name: "calls_live", help: "Calls", counter: false, value: 3 }]
        }
    }

    async fn page(node: Node, path: &str) -> (StatusCode, String) {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = router(Arc::new(node)).oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 65_536).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_healthy_node_says_ok_and_a_sick_one_says_why() {
        assert_eq!(page(Node(Ok(())), "/healthz").await, (StatusCode::OK, "ok\n".into()));
        let (status, body) = page(Node(Err("reports")), "/healthz").await;
        assert_eq!((status, body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "reports\n"));
    }

    #[tokio::test]
    async fn figures_are_shown_in_the_open_metrics_form() {
        let (status, body) = page(Node(Ok(())), "/metrics").await;
        assert_eq!(status, StatusCode::OK);
        assert!(body.contains("linka_calls_live 3\n") && body.ends_with("# EOF\n"), "{body}");
    }
}
