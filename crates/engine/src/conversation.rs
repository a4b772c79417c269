//! An answered call: carries the flow's actions out and tells it what happens.

use core::time::Duration;
use std::sync::Arc;

use linka_ivr::{Action, Event, Flow, Key, PlayId, Utterance};
use linka_metering::{Meter, Notice, Posting, PostingResult};
use linka_model::{CallId, CaseCode, EndReason, Ended};
use linka_sip::sdp::Agreed;
use linka_sip::{CallKey, EndCause, HangUpReason};
use tokio::sync::mpsc;

use crate::admission::{Admitted, Seat, agree};
use crate::call::{CallEvent, Line, SipEvent};
use crate::clock;
use crate::exchange::Exchange;
use crate::facts::Facts;
use crate::media::{Clip, LegId, LegStats, MediaCommand, MediaEvent};
use crate::metrics::{add, count};
use crate::ports::{CloseCall, LineEntry};
use crate::recording::{Recording, RecordingEvent};
use crate::signalling::SipCommand;

/// How long the end of a call waits for what is still being written.
const TIDY_UP: Duration = Duration::from_secs(10);

/// An answered call.
pub(crate) struct Conversation {
    exchange: Arc<Exchange>,
    key: CallKey,
    trunk: usize,
    call: CallId,
    entry: LineEntry,
    code: CaseCode,
    post: mpsc::Sender<CallEvent>,
    meter: Meter,
    flow: Flow,
    facts: Facts,
    /// A leg that waits for the answer to our offer.
    line: Option<Line>,
    leg: Option<LegId>,
    stats: LegStats,
    recording: Option<Recording>,
    /// A report is being handed in.
    storing: bool,
    /// Something of the report could not be written.
    broken: bool,
    /// A play that waits for the recording to be read back.
    awaiting: Option<(PlayId, Vec<Utterance>)>,
    chargeable: bool,
    end: Option<(EndReason, Duration)>,
    _seat: Seat,
}

impl Conversation {
    /// The 2xx is on its way: time and conversation begin.
    pub(crate) fn begin(
        exchange: &Arc<Exchange>,
        key: CallKey,
        trunk: usize,
        admitted: Admitted,
        line: Line,
        post: mpsc::Sender<CallEvent>,
    ) -> Self {
        let Admitted { call, line: entry, agreed, mut meter, seat } = admitted;
        meter.answered(clock::now());
        let flow = Flow::new(Arc::clone(&entry.script));
        let facts = Facts::new(entry.script.default_language());
        let code = CaseCode::from_random(clock::random());
        let mut conversation = Self {
            exchange: Arc::clone(exchange),
            key,
            trunk,
            call,
            entry,
            code,
            post,
            meter,
            flow,
            facts,
            line: Some(line),
            leg: None,
            stats: LegStats::default(),
            recording: None,
            storing: false,
            broken: false,
            awaiting: None,
            chargeable: false,
            end: None,
            _seat: seat,
        };
        if agreed.is_some() {
            conversation.open_leg();
        }
        conversation
    }

    /// Runs to the end and settles.
    pub(crate) async fn run(mut self, mut inbox: mpsc::Receiver<CallEvent>) {
        while !(self.end.is_some() && self.flow.is_over()) {
            tokio::select! {
                event = inbox.recv() => match event {
                    Some(event) => self.take(event).await,
                    None => break,
                },
                () = tokio::time::sleep_until(clock::wake_at(self.wake())) => self.on_time().await,
            }
        }
        self.tidy_up(inbox).await;
    }

    fn wake(&self) -> Duration {
        let flow = self.flow.deadline().map(|deadline| deadline.at);
        let meter = self.meter.deadline().filter(|_| self.end.is_none());
        let cut = Some(self.meter.reserved_until()).filter(|_| self.end.is_none());
        let nearest = [flow, meter, cut].into_iter().flatten().min();
        nearest.unwrap_or_else(|| clock::now() + Duration::from_secs(1))
    }

    async fn on_time(&mut self) {
        let now = clock::now();
        if self.end.is_none() {
            if now >= self.meter.reserved_until() {
                // Media is cut exactly at the reserved boundary (M8). The flow ends well before it.
                self.hang_up(EndReason::CreditExhausted).await;
                return self.feed(Event::HungUp).await;
            }
            if self.meter.deadline().is_some_and(|at| at <= now) {
                let postings = self.meter.tick(now);
                self.ask_ledger(postings);
            }
        }
        if self.flow.deadline().is_some_and(|deadline| deadline.at <= now) {
            let actions = self.flow.handle_timeout(now);
            if let Some(event) = self.carry_out(actions).await {
                self.feed(event).await;
            }
        }
    }

    async fn take(&mut self, event: CallEvent) {
        match event {
            CallEvent::Sip(event) => self.take_sip(event).await,
            CallEvent::Media(event) => self.take_media(event).await,
            CallEvent::Recording(event) => self.take_recording(event).await,
            CallEvent::Posted(answers) => self.take_posted(answers).await,
            CallEvent::Shutdown => self.feed(Event::Shutdown).await,
            CallEvent::EndNow => {
                self.hang_up(EndReason::Shutdown).await;
                self.feed(Event::HungUp).await;
            }
        }
    }

    async fn take_sip(&mut self, event: SipEvent) {
        match event {
            SipEvent::Confirmed { answer } => {
                self.proven();
                if let (Some(line), Some(answer)) = (self.line.as_mut(), answer) {
                    match agree(&self.exchange, self.trunk, &answer) {
                        Ok(agreed) => {
                            if agreed.direction.sends() {
                                let _silent = line.socket.connect(agreed.remote);
                            }
                            line.agreed = Some(agreed);
                            self.open_leg();
                        }
                        Err(_) => self.end_by_fault().await,
                    }
                } else if self.leg.is_none() {
                    // Our offer was not answered: nothing can be heard (W9).
                    self.end_by_fault().await;
                }
            }
            SipEvent::Media(agreed) => {
                self.proven();
                self.move_media(&agreed);
            }
            SipEvent::Proven => self.proven(),
            SipEvent::Cancelled => self.ended(EndReason::CallerHungUp).await,
            SipEvent::Ended(cause) => {
                if cause == EndCause::Bye {
                    // A request of the dialog like any other: the far side had our answer (M3).
                    self.proven();
                }
                self.ended(end_reason(cause, self.chargeable)).await;
            }
        }
    }

    /// Follows a re-INVITE: new payload types and a new place, but none where media must not go
    /// (rule B8).
    fn move_media(&self, agreed: &Agreed) {
        self.media(MediaCommand::Retune {
            payload_type: agreed.payload_type,
            event_type: agreed.telephone_event,
        });
        let sends = agreed.direction.sends();
        let allowed = sends && self.exchange.may_send_to(self.trunk, agreed.remote);
        if allowed {
            self.media(MediaCommand::Remote(agreed.remote));
        }
        self.media(MediaCommand::Hold(!allowed));
    }

    async fn end_by_fault(&mut self) {
        self.hang_up(EndReason::Fault).await;
        self.feed(Event::HungUp).await;
    }

    async fn ended(&mut self, reason: EndReason) {
        if self.end.is_none() {
            self.end = Some((reason, clock::now()));
        }
        self.feed(Event::HungUp).await;
    }

    async fn take_media(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::FirstPacket => {
                self.proven();
                self.feed(Event::MediaStarted).await;
            }
            MediaEvent::Key(event) => {
                if let Some(key) = Key::from_event(event) {
                    self.feed(Event::Key(key)).await;
                }
            }
            MediaEvent::Played(play) => {
                if let Ok(play) = u32::try_from(play) {
                    self.feed(Event::Played { play: PlayId(play) }).await;
                }
            }
            MediaEvent::Spoke => self.feed(Event::Spoke).await,
            MediaEvent::Silent => self.feed(Event::Silent).await,
            MediaEvent::Block(block) => {
                if self.recording.as_ref().is_some_and(|recording| !recording.append(block)) {
                    self.broken = true;
                    self.feed(Event::RecordingFailed).await;
                }
            }
            MediaEvent::Recorded { frames, speech } => {
                let time = |frames: u32| Duration::from_millis(20) * frames;
                let (length, speech) = (time(frames), time(speech));
                self.feed(Event::Recorded { length, speech }).await;
            }
            MediaEvent::Overrun => {
                self.broken = true;
                self.feed(Event::RecordingFailed).await;
            }
            MediaEvent::TimedOut => {
                self.hang_up(EndReason::MediaTimeout).await;
                self.feed(Event::HungUp).await;
            }
            MediaEvent::Closed(stats) => {
                self.stats = stats;
                self.leg = None;
            }
        }
    }

    async fn take_recording(&mut self, event: RecordingEvent) {
        match event {
            RecordingEvent::StoreFailed => {
                self.storing = false;
                count(&self.exchange.metrics.reports_failed);
                self.feed(Event::ReportFailed).await;
            }
            RecordingEvent::ReadBackFailed => {
                // Silence would be worse than a review without the recording.
                if let Some((play, utterances)) = self.awaiting.take() {
                    self.play(play, &utterances, None);
                }
            }
            RecordingEvent::WriteFailed => {
                self.broken = true;
                self.feed(Event::RecordingFailed).await;
            }
            RecordingEvent::ReadBack(prompt) => {
                if let Some((play, utterances)) = self.awaiting.take() {
                    self.play(play, &utterances, Some(&Clip::Prompt(prompt)));
                }
            }
            RecordingEvent::Stored => {
                self.storing = false;
                count(&self.exchange.metrics.reports_stored);
            }
        }
    }

    async fn take_posted(&mut self, answers: Vec<(linka_metering::EntryId, PostingResult)>) {
        for (entry, result) in answers {
            match self.meter.settle(entry, result, clock::now()) {
                Some(Notice::CreditEnds { at }) => self.feed(Event::CreditEnds { at }).await,
                Some(Notice::CreditExtended) => self.feed(Event::CreditExtended).await,
                None => {}
            }
        }
    }

    /// The far side is there: the call may be charged (M3) and its heart beats (M13).
    fn proven(&mut self) {
        if !self.chargeable && self.end.is_none() {
            self.chargeable = true;
            let elapsed = Duration::from_millis(self.meter.elapsed_ms(clock::now()));
            self.exchange.running.insert(self.call, clock::now().saturating_sub(elapsed));
        }
    }

    /// Asks the ledger without waiting for it: a call is never held up by a query (M12).
    fn ask_ledger(&self, postings: Vec<Posting>) {
        if postings.is_empty() {
            return;
        }
        let (ledger, post) = (Arc::clone(&self.exchange.ports.ledger), self.post.clone());
        self.exchange.tasks.spawn(async move {
            let ids: Vec<_> = postings.iter().map(Posting::id).collect();
            let answers = ledger.post(postings).await;
            let answers = ids.into_iter().zip(answers).collect();
            let _call_over = post.send(CallEvent::Posted(answers)).await;
        });
    }

    async fn feed(&mut self, event: Event) {
        let mut next = Some(event);
        while let Some(event) = next {
            let actions = self.flow.handle(event, clock::now());
            next = self.carry_out(actions).await;
        }
    }

    /// Carries actions out; what could not be done comes back for the flow to hear.
    async fn carry_out(&mut self, actions: Vec<Action>) -> Option<Event> {
        let mut failed = None;
        for action in actions {
            match action {
                Action::Play { play, utterances } => self.begin_play(play, utterances),
                Action::StopPlaying => {
                    self.awaiting = None;
                    self.media(MediaCommand::StopPlaying);
                }
                Action::StartRecording { part } => {
                    self.meter.recording(true);
                    failed = self.start_recording(part);
                }
                Action::PauseRecording => self.media(MediaCommand::PauseRecording),
                Action::ResumeRecording => self.media(MediaCommand::ResumeRecording),
                Action::StopRecording => {
                    self.meter.recording(false);
                    self.stop_recording();
                }
                Action::DiscardPart { part } => {
                    // A queue that is full keeps the part: nothing is lost.
                    let _kept = self.recording.as_ref().is_some_and(|r| r.discard_part(part));
                }
                Action::Note(fact) => {
                    if self.facts.note(fact) {
                        self.open_recording();
                    }
                }
                Action::Submit { ended } => self.submit(ended),
                Action::HangUp(reason) => self.hang_up(reason).await,
            }
        }
        failed
    }

    fn begin_play(&mut self, play: PlayId, utterances: Vec<Utterance>) {
        let wants_recording = utterances.contains(&Utterance::PlayBack);
        if wants_recording && self.recording.as_ref().is_some_and(Recording::read_back) {
            self.awaiting = Some((play, utterances));
        } else {
            self.awaiting = None;
            self.play(play, &utterances, None);
        }
    }

    fn play(&self, play: PlayId, utterances: &[Utterance], recorded: Option<&Clip>) {
        let mut clips = Vec::new();
        for utterance in utterances {
            if *utterance == Utterance::PlayBack {
                clips.extend(recorded.cloned());
            } else {
                clips.extend(self.entry.voice.clips(utterance, &self.code));
            }
        }
        self.media(MediaCommand::Play { play: u64::from(play.0), clips: clips.into() });
    }

    fn open_recording(&mut self) {
        let facts = self.facts.report(&self.entry);
        let (sink, post) = (Arc::clone(&self.exchange.ports.reports), self.post.clone());
        let tell = move |event| {
            let _call_over = post.try_send(CallEvent::Recording(event));
        };
        let tasks = &self.exchange.tasks;
        self.recording = Recording::open(tasks, sink, facts, self.code.clone(), tell);
    }

    /// Nobody is asked to speak into a report that is not written (D2).
    fn start_recording(&self, part: u32) -> Option<Event> {
        let writes = |recording: &Recording| !self.broken && recording.begin_part(part);
        if !self.recording.as_ref().is_some_and(writes) {
            return Some(Event::RecordingFailed);
        }
        self.media(MediaCommand::StartRecording);
        None
    }

    fn stop_recording(&self) {
        if self.leg.is_some() {
            self.media(MediaCommand::StopRecording);
        }
    }

    fn submit(&mut self, ended: Ended) {
        if let Some(recording) = self.recording.take() {
            self.storing = true;
            // What the caller agreed to is not whole: nobody may take it for that.
            let ended = if self.broken { Ended::Interrupted } else { ended };
            recording.finish(self.facts.report(&self.entry), ended);
        }
    }

    async fn hang_up(&mut self, reason: EndReason) {
        if self.end.is_some() {
            return;
        }
        self.end = Some((reason, clock::now()));
        let command = SipCommand::HangUp { call: self.key, reason: hang_up_reason(reason) };
        let _only_gone_at_the_very_end = self.exchange.sip.send(command).await;
    }

    fn media(&self, command: MediaCommand) {
        if let Some(leg) = self.leg {
            self.exchange.media.command(leg, command);
        }
    }

    /// Opens the leg, now that it is known where media goes; the journey begins.
    fn open_leg(&mut self) {
        let timeout = self.exchange.config.trunks.get(self.trunk).map(|trunk| trunk.media_timeout);
        let timeout = timeout.unwrap_or(Duration::from_secs(30));
        let Some((place, setup, sends)) = self.line.take().and_then(|line| line.setup(timeout))
        else {
            return;
        };
        let post = self.post.clone();
        let sink = Box::new(move |event| {
            let _call_over = post.try_send(CallEvent::Media(event));
        });
        self.leg = Some(self.exchange.media.open_at(place, setup, sink));
        self.media(MediaCommand::Hold(!sends));
        let _silent_until_media = self.flow.handle(Event::Answered, clock::now());
    }

    /// Closes leg, report and books.
    async fn tidy_up(mut self, mut inbox: mpsc::Receiver<CallEvent>) {
        self.exchange.running.remove(self.call);
        self.media(MediaCommand::Close);
        if let Some(recording) = self.recording.take() {
            recording.abandon();
        }
        let until = clock::wake_at(clock::now() + TIDY_UP);
        while self.storing || self.leg.is_some() {
            match tokio::time::timeout_at(until, inbox.recv()).await {
                Ok(Some(CallEvent::Media(event))) => self.take_media(event).await,
                Ok(Some(CallEvent::Recording(event))) => self.take_recording(event).await,
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        self.settle();
    }

    fn settle(self) {
        let metrics = &self.exchange.metrics;
        add(&metrics.packets_sent, self.stats.sent);
        add(&metrics.packets_received, self.stats.received);
        add(&metrics.frames_lost, self.stats.lost);
        add(&metrics.packets_foreign, self.stats.foreign);
        let (reason, at) = self.end.unwrap_or((EndReason::Fault, clock::now()));
        let bill = self.meter.close(at, self.chargeable);
        // Neither id nor length: with the log's exact time they would tell which call in the books
        // was when.
        // Not at the usual level: in an hour with one call its instant would name the row.
        tracing::debug!(reason = reason.as_str(), "call ended");
        self.exchange.settle(CloseCall {
            call: self.call,
            postings: bill.postings,
            billable_s: bill.billable_s,
            reason,
        });
    }
}

const fn hang_up_reason(reason: EndReason) -> HangUpReason {
    match reason {
        EndReason::MediaTimeout => HangUpReason::MediaTimeout,
        EndReason::Fault | EndReason::Shutdown | EndReason::Crash => HangUpReason::Failure,
        EndReason::CallerHungUp
        | EndReason::Completed
        | EndReason::CreditExhausted
        | EndReason::NeverConfirmed => HangUpReason::Normal,
    }
}

/// A call whose far side showed itself was confirmed, whether or not its ACK ever came (M3).
const fn end_reason(cause: EndCause, proven: bool) -> EndReason {
    match cause {
        EndCause::Bye => EndReason::CallerHungUp,
        EndCause::HungUp => EndReason::Completed,
        EndCause::NoAck if !proven => EndReason::NeverConfirmed,
        EndCause::NoAck | EndCause::Timeout | EndCause::Error => EndReason::Fault,
    }
}
