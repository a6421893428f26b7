//! Reading sensors (XEP-0323): one read-out, and the row that it makes.

use std::{pin::pin, time::Duration};

use serde_json::{Value as Json, json};
use tokio::time::sleep_until;
use xmpp_core::{
    RequestError as Unanswered,
    jid::Jid,
    xep::iot_data::{
        AskId, Ended, ReadError, Reader, ReaderAction, ReaderConfig, ReaderEvent, Reading, Request,
    },
    xml::Element,
};
use xmpp_tokio::{Client, Event, RequestError};

use crate::{
    clock,
    driver::Row,
    exit::{Exit, Failure},
    random,
};

/// Asks, and takes what comes until all has come, or the time is over. `other` sees what belongs to nothing asked here.
pub(super) async fn read(
    client: &mut Client,
    to: &Jid,
    request: &Request,
    timeout: Duration,
    mut other: impl FnMut(Element),
) -> Result<Ended, Failure> {
    let mut reader = Reader::new(ReaderConfig::default(), random::bytes()?);
    reader
        .read(clock::now(), to, request.clone(), timeout)
        .map_err(|error| Failure::usage(format!("the request cannot be made: {error}")))?;
    let handle = client.handle();
    // Only one request is ever under way: the read-out, which is not cancelled here.
    let mut asking = pin!(None);
    loop {
        while let Some(action) = reader.poll() {
            match action {
                ReaderAction::Ask { ask, iq } => {
                    let handle = handle.clone();
                    asking.set(Some(async move { (ask, handle.request(iq, timeout).await) }));
                }
                ReaderAction::Event(ReaderEvent::Ended(ended)) => return Ok(ended),
                ReaderAction::Event(_) => {}
            }
        }
        let deadline = reader.poll_timeout();
        tokio::select! {
            // In the order of the stream: what came before the answer is handled before it.
            biased;
            event = client.next() => match event {
                Some(Event::Stanza(stanza)) => {
                    if !reader.handle_stanza(clock::now(), &stanza) {
                        other(stanza);
                    }
                }
                Some(Event::Closed(result)) => return Err(Failure::lost(result)),
                None => return Err(Failure::lost(Ok(()))),
                // A later version may tell more.
                Some(_) => {}
            },
            (ask, answer) = answered(asking.as_mut().as_pin_mut()) => {
                asking.set(None);
                answer_to(&mut reader, ask, answer)?;
            }
            () = until(deadline) => reader.handle_timeout(clock::now()),
        }
    }
}

async fn answered<T>(asking: Option<std::pin::Pin<&mut impl Future<Output = T>>>) -> T {
    match asking {
        Some(asking) => asking.await,
        None => std::future::pending().await,
    }
}

async fn until(deadline: Option<std::time::Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

fn answer_to(reader: &mut Reader, ask: AskId, answer: Result<Element, RequestError>) -> Result<(), Failure> {
    let answer = match answer {
        Ok(result) => Ok(result),
        Err(RequestError::Failed(error)) => Err(error),
        Err(error) => return Err(error.into()),
    };
    reader.handle_answer(clock::now(), ask, answer);
    Ok(())
}

/// The row: what was read stands in it as `name=value; name=value`, as settings are typed.
pub(super) fn row(ended: &Ended, took: Duration) -> (Row, Option<Failure>) {
    let readings = &ended.data.readings;
    let reply = readings.iter().map(|reading| reading.field.to_string()).collect::<Vec<_>>().join("; ");
    let reply = (!readings.is_empty()).then_some(reply);
    let failure = ended.outcome.as_ref().err().map(|error| failure(ended, error));
    let row = match &ended.outcome {
        Err(ReadError::Refused(error)) => Row::refused(error, took),
        outcome => Row {
            response_time: took,
            reply_code: outcome.is_ok().then_some(Row::DONE),
            reply,
            error: failure.as_ref().map(|failure| failure.why.clone()),
        },
    };
    (row, failure)
}

fn failure(ended: &Ended, error: &ReadError) -> Failure {
    match error {
        ReadError::Refused(error) => Failure::refused(error),
        ReadError::Timeout => Failure::timeout(error.to_string()),
        ReadError::Disconnected => Failure::from(&Unanswered::Disconnected),
        ReadError::Failed => {
            let told: Vec<String> = ended.data.errors.iter().map(ToString::to_string).collect();
            Failure::new(Exit::Remote, format!("{error}: {}", told.join("; ")))
        }
        _ => Failure::new(Exit::Remote, error.to_string()),
    }
}

/// What a row has no column for.
pub(super) fn details(ended: &Ended) -> Vec<Json> {
    ended.data.readings.iter().map(reading).collect()
}

fn reading(reading: &Reading) -> Json {
    let field = &reading.field;
    let spelled = field.to_string();
    // The text behind the name is the value as it was written, with its unit.
    let value = spelled.strip_prefix(&format!("{}=", field.name)).unwrap_or(&spelled);
    let unit = field.value.unit();
    let value = unit.and_then(|unit| value.strip_suffix(unit)).unwrap_or(value).trim_end();
    json!({
        "name": field.name,
        "type": field.value.type_name(),
        "value": value,
        "unit": unit,
        "time": reading.at.as_str(),
        "node": reading.node.as_ref().map(|node| node.id.clone()),
        "quality": field.quality.names().collect::<Vec<_>>(),
    })
}
