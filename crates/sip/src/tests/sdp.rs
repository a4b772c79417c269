//! Offers as carriers write them, and our answers (rule W9).

use crate::sdp::{Agreed, AudioCodec, Capabilities, Direction, Offer, Refusal, negotiate};

const HEAD: &str = "v=0\r\no=- 7 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n";

fn agree(media: &str) -> Result<Agreed, Refusal> {
    let offer = Offer::parse(format!("{HEAD}{}", media.replace('\n', "\r\n")).as_bytes()).unwrap();
    negotiate(&offer, &Capabilities::default())
}

fn answer(media: &str) -> String {
    let local = "198.51.100.5:10000".parse().unwrap();
    String::from_utf8(agree(media).unwrap().answer(local, 9)).unwrap()
}

#[test]
fn the_offerers_first_codec_of_ours_wins() {
    let codec = |media: &str| agree(media).map(|agreed| (agreed.codec, agreed.payload_type));
    assert_eq!(codec("m=audio 4000 RTP/AVP 9 8 0\n"), Ok((AudioCodec::Pcma, 8)));
    assert_eq!(codec("m=audio 4000 RTP/AVP 0 8\n"), Ok((AudioCodec::Pcmu, 0)));
    let dynamic = "m=audio 4000 RTP/AVP 96 97\na=rtpmap:96 opus/48000/2\na=rtpmap:97 pcma/8000/1\n";
    assert_eq!(codec(dynamic), Ok((AudioCodec::Pcma, 97)));
    // A map takes a static number away from its usual codec.
    assert_eq!(
        codec("m=audio 4000 RTP/AVP 8 0\na=rtpmap:8 G722/8000\n"),
        Ok((AudioCodec::Pcmu, 0))
    );
    assert_eq!(
        codec("m=audio 4000 RTP/AVP 97 0\na=rtpmap:97 PCMA/16000\n"),
        Ok((AudioCodec::Pcmu, 0))
    );
}

#[test]
fn telephone_event_is_taken_at_8000_hz_by_the_offerers_number() {
    let event = |media: &str| agree(media).unwrap().telephone_event;
    let ims = "m=audio 4000 RTP/AVP 8 110 111\na=rtpmap:110 telephone-event/16000\n\
        a=rtpmap:111 telephone-event/8000\n";
    assert_eq!(event(ims), Some(111));
    assert_eq!(event("m=audio 4000 RTP/AVP 8\na=rtpmap:101 telephone-event/8000\n"), None);
    assert_eq!(event("m=audio 4000 RTP/AVP 8 101\n"), None);
    assert!(answer(ims).contains("m=audio 10000 RTP/AVP 8 111\r\n"));
    assert!(answer(ims).contains("a=fmtp:111 0-15\r\n"));
}

#[test]
fn packets_are_as_long_as_wanted_within_10_to_60_ms() {
    let ptime = |lines: &str| agree(&format!("m=audio 4000 RTP/AVP 8\n{lines}")).unwrap().ptime_ms;
    assert_eq!(ptime(""), 20);
    assert_eq!(ptime("a=ptime:30\n"), 30);
    assert_eq!(ptime("a=ptime:60\na=maxptime:40\n"), 40);
    assert_eq!(ptime("a=maxptime:10\n"), 10);
    assert_eq!(ptime("a=ptime:5\n"), 10);
    assert_eq!(ptime("a=ptime:65000\n"), 60);
    assert_eq!(ptime("a=ptime:often\n"), 20);
}

#[test]
fn the_sessions_address_and_direction_hold_unless_the_stream_has_its_own() {
    let agreed = agree("a=sendonly\nm=audio 4000 RTP/AVP 8\n").unwrap();
    assert_eq!(agreed.remote, "192.0.2.20:4000".parse().unwrap());
    assert_eq!(agreed.direction, Direction::RecvOnly);
    let agreed =
        agree("a=sendonly\nm=audio 4000 RTP/AVP 8\nc=IN IP6 2001:db8::7\na=sendrecv\n").unwrap();
    assert_eq!(agreed.remote, "[2001:db8::7]:4000".parse().unwrap());
    assert_eq!(agreed.direction, Direction::SendRecv);
}

#[test]
fn the_rtcp_port_is_named_muxed_or_the_next_one() {
    let rtcp = |lines: &str| agree(&format!("m=audio 4000 RTP/AVP 8\n{lines}")).unwrap().rtcp_port;
    assert_eq!(rtcp(""), 4001);
    assert_eq!(rtcp("a=rtcp:4500 IN IP4 203.0.113.1\n"), 4500);
    assert_eq!(rtcp("a=rtcp-mux\n"), 4000);
}

#[test]
fn every_media_line_is_answered_in_its_place() {
    let text = answer(
        "m=video 5000 RTP/AVP 31\nm=audio 0 RTP/AVP 8\nm=audio 4002 RTP/SAVP 8\n\
         m=audio 4000 RTP/AVP 8 0\nm=audio 4010 RTP/AVP 0\nm=application 9 UDP/BFCP *\n",
    );
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(
        lines,
        [
            "m=video 0 RTP/AVP 31",
            "m=audio 0 RTP/AVP 8",
            "m=audio 0 RTP/SAVP 8",
            "m=audio 10000 RTP/AVP 8",
            "m=audio 0 RTP/AVP 0",
            "m=application 0 UDP/BFCP *",
        ]
    );
}

#[test]
fn each_refusal_says_what_is_missing() {
    for (media, refusal) in [
        ("", Refusal::NoAudio),
        ("m=video 5000 RTP/AVP 31\n", Refusal::NoAudio),
        ("m=audio 0 RTP/AVP 8\n", Refusal::NoAudio),
        ("m=audio 4000 RTP/SAVP 8\n", Refusal::WrongTransport),
        ("m=audio 4000 RTP/AVP 18 9\n", Refusal::NoCodec),
        ("m=audio 4002 RTP/SAVP 8\nm=audio 4000 RTP/AVP 18\n", Refusal::NoCodec),
        ("m=audio 4000 RTP/AVP 8\nc=IN IP4 media.example\n", Refusal::NoAddress),
        ("m=audio 4000 RTP/AVP 8\nc=IN IP4 224.2.1.1/127\n", Refusal::NoAddress),
    ] {
        assert_eq!(agree(media).map(|agreed| agreed.remote), Err(refusal), "{media}");
    }
}

#[test]
fn an_offer_of_the_old_kind_of_hold_is_taken() {
    let agreed = agree("m=audio 4000 RTP/AVP 8\nc=IN IP4 0.0.0.0\n").unwrap();
    assert_eq!(agreed.direction, Direction::RecvOnly);
    let agreed = agree("m=audio 4000 RTP/AVP 8\nc=IN IP4 0.0.0.0\na=inactive\n").unwrap();
    assert_eq!(agreed.direction, Direction::Inactive);
}

#[test]
fn the_time_of_the_offer_is_repeated() {
    let offer = "v=0\r\no=- 7 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\n\
        t=2873397496 2873404696\r\nm=audio 4000 RTP/AVP 8\r\n";
    let agreed = negotiate(&Offer::parse(offer.as_bytes()).unwrap(), &Capabilities::default());
    let text = String::from_utf8(agreed.unwrap().answer("198.51.100.5:1".parse().unwrap(), 9));
    assert!(text.unwrap().contains("t=2873397496 2873404696\r\n"));
}

#[test]
fn capabilities_narrow_what_is_taken() {
    let offer =
        format!("{HEAD}m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n");
    let offer = Offer::parse(offer.as_bytes()).unwrap();
    let can = Capabilities {
        pcma: false,
        telephone_event: false,
        ptime_ms_min: 30,
        ptime_ms_max: 30,
        ..Capabilities::default()
    };
    let agreed = negotiate(&offer, &can).unwrap();
    assert_eq!(
        (agreed.codec, agreed.telephone_event, agreed.ptime_ms),
        (AudioCodec::Pcmu, None, 30)
    );
}

#[test]
fn our_own_offer_is_ipv6_where_we_are() {
    let text = crate::sdp::offer("[2001:db8::5]:10000".parse().unwrap(), 3);
    assert_eq!(
        String::from_utf8(text).unwrap(),
        "v=0\r\no=- 3 1 IN IP6 2001:db8::5\r\ns=-\r\nc=IN IP6 2001:db8::5\r\nt=0 0\r\n\
         m=audio 10000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    );
}
