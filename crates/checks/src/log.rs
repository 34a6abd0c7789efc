//! What a server writes to its log with `tracing`, kept instead of printed.

use std::{
    fmt::{self, Write},
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

/// A log that is kept until it is dropped.
///
/// It sees what is logged on the thread that it was made on, which is all that a server under virtual time logs.
pub struct Log {
    lines: Lines,
    _guard: DefaultGuard,
}

type Lines = Arc<Mutex<Vec<(Level, String)>>>;

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lines()).finish()
    }
}

impl Log {
    pub(crate) fn capture() -> Self {
        let lines = Lines::default();
        let subscriber = Registry::default().with(Keep(Arc::clone(&lines)));
        Log {
            lines,
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    /// Its lines: level, message, fields. A span is a line too, since whatever prints a log prints the fields of its spans.
    pub fn lines(&self) -> Vec<(Level, String)> {
        self.lines
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .clone()
    }

    /// The lines at these levels, on behalf of the server's own code and not of a library.
    pub fn at(&self, levels: &[Level]) -> Vec<String> {
        let lines = self.lines().into_iter();
        lines
            .filter(|(level, _)| levels.contains(level))
            .map(|(_, line)| line)
            .collect()
    }

    /// Whether a text stands anywhere in it.
    pub fn contains(&self, text: &str) -> bool {
        self.lines().iter().any(|(_, line)| line.contains(text))
    }
}

struct Keep(Lines);

impl Keep {
    fn keep(&self, level: Level, fields: impl FnOnce(&mut Fields)) {
        let mut text = Fields::default();
        fields(&mut text);
        let mut lines = self
            .0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        lines.push((level, text.0));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Keep {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let metadata = attributes.metadata();
        self.keep(*metadata.level(), |fields| {
            let _ = write!(fields.0, "{}", metadata.name());
            attributes.record(fields);
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let level = context
            .metadata(id)
            .map_or(Level::TRACE, |metadata| *metadata.level());
        self.keep(level, |fields| values.record(fields));
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.keep(*event.metadata().level(), |fields| event.record(fields));
    }
}

#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let space = if self.0.is_empty() { "" } else { " " };
        let _ = match field.name() {
            "message" => write!(self.0, "{space}{value:?}"),
            name => write!(self.0, "{space}{name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_and_the_fields_of_spans_are_kept() {
        let log = Log::capture();
        let span = tracing::info_span!(
            "request",
            uri = "/ws?token=secret",
            user = tracing::field::Empty
        );
        span.record("user", "alice");
        tracing::warn!(code = 1008, "refused");
        drop(span);
        let lines: Vec<_> = log.lines().into_iter().map(|(_, line)| line).collect();
        assert_eq!(
            lines,
            [
                "request uri=/ws?token=secret",
                "user=alice",
                "refused code=1008"
            ]
        );
        assert!(log.contains("secret"));
        assert_eq!(log.at(&[Level::WARN]), ["refused code=1008"]);
    }
}
