//! Carries one report from the media thread to the sink, off tokio's threads and in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use linka_audio::Prompt;
use linka_model::{CaseCode, Ended};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::media::Block;
use crate::ports::{ReportFacts, ReportSink, ReportWriter, SinkError};

/// Orders, nearly all of them a second of voice, that wait at most: a writer that is further behind
/// has failed.
pub(crate) const BEHIND_MAX: usize = 8;
/// Those, and the last one.
const ORDERS_MAX: usize = BEHIND_MAX + 1;

/// What became of a report.
#[derive(Debug)]
pub(crate) enum RecordingEvent {
    /// A piece of it could not be written; what was written before stays.
    WriteFailed,
    /// It cannot be read back for the caller to hear.
    ReadBackFailed,
    /// It could not be handed in.
    StoreFailed,
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
    /// A place in the queue for the last order, so that handing in never waits and never fails for
    /// want of room.
    last: mpsc::OwnedPermit<Order>,
}

impl Recording {
    /// Opens a report; what becomes of it is told to `tell`. A clean stop waits for it among
    /// `tasks`.
    pub(crate) fn open(
        tasks: &TaskTracker,
        sink: Arc<dyn ReportSink>,
        facts: ReportFacts,
        code: CaseCode,
        tell: impl Fn(RecordingEvent) + Send + Sync + 'static,
    ) -> Option<Self> {
        let (orders, queue) = mpsc::channel(ORDERS_MAX);
        let last = orders.clone().try_reserve_owned().ok()?;
        tasks.spawn(async move {
            match blocking(move || sink.open(facts, code)).await {
                Ok(writer) => Desk { writer, parts: BTreeMap::new() }.serve(queue, tell).await,
                Err(_) => refuse(queue, tell).await,
            }
        });
        Some(Self { orders, last })
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

    /// Hands the report in; [`RecordingEvent::Stored`] or [`RecordingEvent::StoreFailed`] follows.
    pub(crate) fn finish(self, facts: ReportFacts, ended: Ended) {
        self.last.send(Order::Finish(facts, ended));
    }

    /// Leaves no trace of the report.
    pub(crate) fn abandon(self) {
        self.last.send(Order::Abandon);
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

/// There is no writer: nothing can be handed in either.
async fn refuse(mut queue: mpsc::Receiver<Order>, tell: impl Fn(RecordingEvent)) {
    tell(RecordingEvent::WriteFailed);
    while let Some(order) = queue.recv().await {
        if matches!(order, Order::Finish(..)) {
            tell(RecordingEvent::StoreFailed);
        }
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
                Order::ReadBack => {
                    let read = self.read_back(&tell).await;
                    if read.is_err() {
                        tell(RecordingEvent::ReadBackFailed);
                    }
                    // The report itself is as it was.
                    read.or_else(|desk| desk.ok_or(None))
                }
                Order::Finish(facts, ended) => {
                    let writer = self.writer;
                    let stored = blocking(move || writer.finish(facts, ended)).await;
                    return tell(
                        stored.map_or(RecordingEvent::StoreFailed, |()| RecordingEvent::Stored),
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
                Err(Some(desk)) => {
                    tell(RecordingEvent::WriteFailed);
                    self = desk;
                }
                Err(None) => return refuse(queue, tell).await,
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
        (Recording::open(&TaskTracker::new(), sink, facts(), code, tell).unwrap(), told)
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
        recording.finish(facts(), Ended::Reviewed);
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
        assert!(matches!(told.recv().await, Some(RecordingEvent::WriteFailed)));
        recording.finish(facts(), Ended::Interrupted);
        assert!(matches!(told.recv().await, Some(RecordingEvent::Stored)));
    }

    #[tokio::test]
    async fn an_abandoned_report_leaves_no_trace() {
        let paper = Paper::default();
        let (recording, mut told) = open(&paper);
        recording.abandon();
        assert!(told.recv().await.is_none());
        assert_eq!(*paper.0.lock().unwrap(), ["open", "abandon"]);
    }

    struct NoSpace;

    impl ReportSink for NoSpace {
        fn open(&self, _: ReportFacts, _: CaseCode) -> Result<Box<dyn ReportWriter>, SinkError> {
            Err(SinkError("no space".into()))
        }
    }

    #[tokio::test]
    async fn a_report_that_could_not_be_opened_is_not_taken_for_one_that_was_handed_in() {
        let (tell, mut told) = mpsc::unbounded_channel();
        let tell = move |event| drop(tell.send(event));
        let (tasks, code) = (TaskTracker::new(), CaseCode::from_random(1));
        let recording = Recording::open(&tasks, Arc::new(NoSpace), facts(), code, tell).unwrap();
        assert!(matches!(told.recv().await, Some(RecordingEvent::WriteFailed)));
        recording.finish(facts(), Ended::Reviewed);
        assert!(matches!(told.recv().await, Some(RecordingEvent::StoreFailed)));
        assert!(told.recv().await.is_none());
    }

    #[tokio::test]
    async fn a_last_second_that_does_not_fit_is_told_apart_from_a_report_that_is_lost() {
        let (paper, pool) = (Paper::default(), BlockPool::new(8));
        let (recording, mut told) = open(&paper);
        for _ in 0..4 {
            assert!(recording.append(second(&pool)));
        }
        // The fourth second passes 24,000 samples; the order to hand in waits behind it already.
        recording.finish(facts(), Ended::Unreviewed);
        assert!(matches!(told.recv().await, Some(RecordingEvent::WriteFailed)));
        assert!(matches!(told.recv().await, Some(RecordingEvent::Stored)));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_blocks_and_still_takes_the_report_in() {
        let (paper, pool) = (Paper::default(), BlockPool::new(ORDERS_MAX + 1));
        let (recording, mut told) = open(&paper);
        let taken = (0..ORDERS_MAX).filter(|_| recording.append(pool.take(CODEC).unwrap())).count();
        assert_eq!(taken, ORDERS_MAX - 1, "one place is kept for the end");
        recording.finish(facts(), Ended::Unreviewed);
        assert!(matches!(told.recv().await, Some(RecordingEvent::Stored)));
    }

    const CODEC: linka_audio::Codec = linka_audio::Codec::Pcma;
}
