//! Dates: in UTC, as they are written into progress and names of backups, and where you live.

use std::time::{SystemTime, UNIX_EPOCH};

/// `2026-11-24`.
pub fn today() -> String {
    let (date, _) = split(now());
    date
}

/// `2026-11-24`, where you live: the day by which cards are due, on the page as well.
pub fn local_today() -> String {
    chrono::Local::now().date_naive().to_string()
}

/// `2026-11-24-032011`: sorts by time and is a file name everywhere.
pub fn stamp() -> String {
    let (date, rest) = split(now());
    let (h, m, s) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{date}-{h:02}{m:02}{s:02}")
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_secs())
}

/// The date of a Unix time, and the seconds of that day.
///
/// A year is counted from March on, so that the leap day is its last one.
fn split(seconds: u64) -> (String, u64) {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (format!("{year:04}-{month:02}-{day:02}"), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_around_leap_days_are_right() {
        let date = |seconds| split(seconds).0;
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(951_782_399), "2000-02-28");
        assert_eq!(date(951_782_400), "2000-02-29");
        assert_eq!(date(951_868_800), "2000-03-01");
        assert_eq!(date(1_709_164_800), "2024-02-29");
        assert_eq!(date(1_798_761_599), "2026-12-31");
        assert_eq!(date(4_107_542_400), "2100-03-01");
    }
}
