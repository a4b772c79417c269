//! Carries one report from the media thread to the sink, off tokio's threads and in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use linka_audio::Prompt;
use linka_model::{CaseCode, Ended};
use tokio::sync::mpsc;

use crate::media::Block;
use crate::ports::{ReportFacts, ReportSink, ReportWriter, SinkError};

/// Orders that wait at most: a writer that is half a minute behind has failed.
const ORDERS_MAX: usize = 32;

/// What became of a report.
#[derive(Debug)]
pub(crate) enum RecordingEvent {
    /// It cannot be written; what was written before stays.
    Failed,
    /// What was recorded so far, for the caller to hear.
    ReadBack(Arc<Prompt>),
    /// It is handed in.
    Stored,
}

enum Order {
    BeginPart(u32),
    Append(Block),
    DiscardPart(u32),
    ReadBack,
    Finish(ReportFacts, Ended),
    Abandon,
}

/// The call task's end of a report that is being written. Dropped without [`Self::finish`] or
/// [`Self::abandon`], the report stays as it is and is found at the next start.
pub(crate) struct Recording {
    orders: mpsc::Sender<Order>,
}

impl Recording {
    /// Opens a report; what becomes of it is told to `tell`.
    pub(crate) fn open(
        sink: Arc<dyn ReportSink>,
        facts: ReportFacts,
        code: CaseCode,
        tell: impl Fn(RecordingEvent) + Send + Sync + 'static,
    ) -> Self {
        let (orders, queue) = mpsc::channel(ORDERS_MAX);
        tokio::spawn(async move {
            match blocking(move || sink.open(facts, code)).await {
                Ok(writer) => Desk { writer, parts: BTreeMap::new() }.serve(queue, tell).await,
                Err(_) => tell(RecordingEvent::Failed),
            }
        });
        Self { orders }
    }

    /// A new part begins where the voice stands now.
    pub(crate) fn begin_part(&self, part: u32) -> bool {
        self.orders.try_send(Order::BeginPart(part)).is_ok()
    }

    /// Appends a block. `false`: the writer did not keep up or is gone.
    pub(crate) fn append(&self, block: Block) -> bool {
        self.orders.try_send(Order::Append(block)).is_ok()
    }

    /// Takes a part back.
    pub(crate) fn discard_part(&self, part: u32) -> bool {
        self.orders.try_send(Order::DiscardPart(part)).is_ok()
    }

    /// Asks for [`RecordingEvent::ReadBack`].
    pub(crate) fn read_back(&self) -> bool {
        self.orders.try_send(Order::ReadBack).is_ok()
    }

    /// Hands the report in. Waits for room in the queue: nothing that was recorded is lost here.
    pub(crate) async fn finish(self, facts: ReportFacts, ended: Ended) {
        let _writer_gone = self.orders.send(Order::Finish(facts, ended)).await;
    }

    /// Leaves no trace of the report.
    pub(crate) async fn abandon(self) {
        let _writer_gone = self.orders.send(Order::Abandon).await;
    }
}

/// Runs a piece of blocking work; a panic in it is an error like any other.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SinkError> + Send + 'static,
) -> Result<T, SinkError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(SinkError("the writer stopped".into())),
    }
}

struct Desk {
    writer: Box<dyn ReportWriter>,
    parts: BTreeMap<u32, u64>,
}

impl Desk {
    async fn serve(mut self, mut queue: mpsc::Receiver<Order>, tell: impl Fn(RecordingEvent)) {
        while let Some(order) = queue.recv().await {
            let done = match order {
                Order::BeginPart(part) => {
                    self.parts.insert(part, self.writer.position());
                    Ok(self)
                }
                Order::Append(block) => self.work(move |w| w.append(&block.decode())).await,
                Order::DiscardPart(part) => {
                    let from = self.parts.remove(&part).unwrap_or_else(|| self.writer.position());
                    self.work(move |w| w.discard_from(from)).await
                }
                Order::ReadBack => self.read_back(&tell).await,
                Order::Finish(facts, ended) => {
                    let writer = self.writer;
                    let stored = blocking(move || writer.finish(facts, ended)).await;
                    return tell(
                        stored.map_or(RecordingEvent::Failed, |()| RecordingEvent::Stored),
                    );
                }
                Order::Abandon => {
                    let writer = self.writer;
                    let _gone = tokio::task::spawn_blocking(move || writer.abandon()).await;
                    return;
                }
            };
            match done {
                Ok(desk) => self = desk,
                Err(desk) => {
                    tell(RecordingEvent::Failed);
                    let Some(desk) = desk else { return };
                    self = desk;
                }
            }
        }
    }

    /// Does something with the writer on a blocking thread. After an error the writer is still
    /// there, so that what was written can be handed in.
    async fn work(
        self,
        work: impl FnOnce(&mut dyn ReportWriter) -> Result<(), SinkError> + Send + 'static,
    ) -> Result<Self, Option<Self>> {
        let Self { mut writer, parts } = self;
        let joined = tokio::task::spawn_blocking(move || {
            let result = work(writer.as_mut());
            (writer, result)
        });
        match joined.await {
            Ok((writer, Ok(()))) => Ok(Self { writer, parts }),
            Ok((writer, Err(_))) => Err(Some(Self { writer, parts })),
            Err(_) => Err(None),
        }
    }

    async fn read_back(self, tell: &impl Fn(RecordingEvent)) -> Result<Self, Option<Self>> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let desk = self
            .work(move |writer| {
                let prompt = Prompt::encode(&writer.read_back()?);
                let _listener_gone = sender.send(Arc::new(prompt));
                Ok(())
            })
            .await?;
        if let Ok(prompt) = receiver.await {
            tell(RecordingEvent::ReadBack(prompt));
        }
        Ok(desk)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use linka_model::{Consent, Lang, LineId, OrgId};

    use super::*;
    use crate::media::BlockPool;
    use crate::ports::ConsentProof;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<String>>>);

    impl Paper {
        fn note(&self, line: impl Into<String>) {
            self.0.lock().unwrap().push(line.into());
        }
    }

    struct Pen {
        paper: Paper,
        at: u64,
    }

    impl ReportSink for Paper {
        fn open(&self, _: ReportFacts, _: CaseCode) -> Result<Box<dyn ReportWriter>, SinkError> {
            self.note("open");
            Ok(Box::new(Pen { paper: self.clone(), at: 0 }))
        }
    }

    impl ReportWriter for Pen {
        fn append(&mut self, samples: &[i16]) -> Result<(), SinkError> {
            self.at += samples.len() as u64;
            self.paper.note(format!("append {}", samples.len()));
            if self.at > 24_000 { Err(SinkError("full".into())) } else { Ok(()) }
        }
        fn position(&self) -> u64 {
            self.at
        }
        fn discard_from(&mut self, position: u64) -> Result<(), SinkError> {
            self.at = position;
            self.paper.note(format!("discard from {position}"));
            Ok(())
        }
        fn read_back(&mut self) -> Result<Vec<i16>, SinkError> {
            Ok(vec![7; 3])
        }
        fn finish(self: Box<Self>, _: ReportFacts, ended: Ended) -> Result<(), SinkError> {
            self.paper.note(format!("finish {}", ended.as_str()));
            Ok(())
        }
        fn abandon(self: Box<Self>) {
            self.paper.note("abandon");
        }
    }

    fn facts() -> ReportFacts {
        ReportFacts {
            line: LineId(uuid::Uuid::nil()),
            line_name: "Line".into(),
            org: OrgId(uuid::Uuid::nil()),
            language: Lang::CS,
            category: None,
            unit: None,
            consent: ConsentProof {
                answer: Consent::Audio,
                language: Lang::CS,
                prompt: "consent_two_short",
                pack_version: "1".into(),
                key: Some('1'),
            },
        }
    }

    fn open(paper: &Paper) -> (Recording, mpsc::UnboundedReceiver<RecordingEvent>) {
        let (tell, told) = mpsc::unbounded_channel();
        let code = CaseCode::from_random(1);
        let sink = Arc::new(paper.clone());
        let tell = move |event| drop(tell.send(event));
        (Recording::open(sink, facts(), code, tell), told)
    }

    fn second(pool: &BlockPool) -> Block {
        let mut block = pool.take(linka_audio::Codec::Pcma).unwrap();
        for _ in 0..50 {
            block.push(&[0x55; 160]);
        }
        block
    }

    #[tokio::test]
    async fn parts_are_written_in_order_and_a_discarded_one_is_taken_back() {
        let (paper, pool) = (Paper::default(), BlockPool::new(4));
        let (recording, mut told) = open(&paper);
        assert!(recording.begin_part(0) && recording.append(second(&pool)));
        assert!(recording.begin_part(1) && recording.append(second(&pool)));
        assert!(recording.discard_part(1) && recording.read_back());
        assert!(matches!(told.recv().await, Some(RecordingEvent::ReadBack(p)) if p.samples == 3));
        recording.finish(facts(), Ended::Reviewed).await;
        assert!(matches!(told.recv().await, Some(RecordingEvent::Stored)));
        let lines = paper.0.lock().unwrap().clone();
        assert_eq!(
            lines,
            ["open", "append 8000", "append 8000", "discard from 8000", "finish reviewed"]
        );
    }

    #[tokio::test]
    async fn a_full_disk_is_told_and_what_was_written_is_still_handed_in() {
        let (paper, pool) = (Paper::default(), BlockPool::new(8));
        let (recording, mut told) = open(&paper);
        for _ in 0..4 {
            assert!(recording.append(second(&pool)));
        }
        assert!(matches!(told.recv().await, Some(RecordingEvent::Failed)));
        recording.finish(facts(), Ended::Interrupted).await;
        assert!(matches!(told.recv().await, Some(RecordingEvent::Stored)));
    }

    #[tokio::test]
    async fn an_abandoned_report_leaves_no_trace() {
        let paper = Paper::default();
        let (recording, mut told) = open(&paper);
        recording.abandon().await;
        assert!(told.recv().await.is_none());
        assert_eq!(*paper.0.lock().unwrap(), ["open", "abandon"]);
    }
}
