//! Shows linka in the browser. Until the console exists: `/healthz` and `/metrics`.
