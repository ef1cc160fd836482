//! `time`: clocks, sleeping, calendar times.
#![expect(unsafe_code, reason = "the C library's clocks and calendars")]
//!
//! # Safety
//! Structs that the C library fills are ours; texts it returns are copied at once.

use crate::support::os_error;
use crate::support::structseq::{ClassCell, Spec};
use kiln_macros::builtin_module;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value, raise};

static STRUCT_TIME: ClassCell = ClassCell::new(Spec {
    name: "struct_time",
    module: "time",
    doc: "The time value as returned by gmtime(), localtime(), and strptime(), and\naccepted by asctime(), mktime() and strftime().",
    fields: &[
        "tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst", "tm_zone", "tm_gmtoff",
    ],
    visible: 9,
    closed: false,
});

fn clock(id: libc::clockid_t) -> Result<i128, Raised> {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the struct is ours.
    os_error::check(unsafe { libc::clock_gettime(id, &raw mut t) })?;
    Ok(i128::from(t.tv_sec) * 1_000_000_000 + i128::from(t.tv_nsec))
}
fn seconds(ns: i128) -> f64 {
    let (whole, rest) = (ns / 1_000_000_000, ns % 1_000_000_000);
    whole as f64 + rest as f64 * 1e-9
}

/// Sleeps; signals are served and do not cut it short.
pub fn sleep_for(duration: f64) -> Result<(), Raised> {
    let end = clock(libc::CLOCK_MONOTONIC)? + (duration * 1e9).ceil() as i128;
    loop {
        let left = end - clock(libc::CLOCK_MONOTONIC)?;
        if left <= 0 {
            return Ok(());
        }
        let t = libc::timespec { tv_sec: (left / 1_000_000_000) as i64, tv_nsec: (left % 1_000_000_000) as i64 };
        // SAFETY: the struct is ours.
        unsafe { libc::nanosleep(&raw const t, std::ptr::null_mut()) };
        crate::signal::serve()?;
    }
}

/// A number of seconds since the epoch; now, when none is given.
fn timestamp(v: Option<Value>) -> Result<i64, Raised> {
    let Some(v) = v.filter(|v| !v.is_none()) else { return Ok((clock(libc::CLOCK_REALTIME)? / 1_000_000_000) as i64) };
    let out_of_range = || raise::overflow_error("timestamp out of range for platform time_t");
    if let Some(f) = v.as_float() {
        if f.is_nan() {
            return Err(raise::value_error("Invalid value NaN (not a number)"));
        }
        let whole = f.floor();
        return if whole.abs() < 9.2e18 { Ok(whole as i64) } else { Err(out_of_range()) };
    }
    let i = kiln_object::ops::index(v)?;
    i.as_int().and_then(|i| i.to_i64()).ok_or_else(out_of_range)
}

fn from_tm(tm: &libc::tm) -> Object {
    let zone = if tm.tm_zone.is_null() {
        Object::none()
    } else {
        // SAFETY: a terminated text of the C library.
        Str::new(&unsafe { std::ffi::CStr::from_ptr(tm.tm_zone) }.to_string_lossy())
    };
    let mut items: Vec<Object> = [
        i64::from(tm.tm_year) + 1900,
        i64::from(tm.tm_mon) + 1,
        tm.tm_mday.into(),
        tm.tm_hour.into(),
        tm.tm_min.into(),
        tm.tm_sec.into(),
        i64::from((tm.tm_wday + 6) % 7),
        i64::from(tm.tm_yday) + 1,
        tm.tm_isdst.into(),
    ]
    .map(Object::int)
    .into();
    items.push(zone);
    items.push(Object::int(tm.tm_gmtoff));
    STRUCT_TIME.make(items)
}

fn local(t: i64) -> Result<libc::tm, Raised> {
    // SAFETY: the struct is ours.
    unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        if libc::localtime_r(&raw const t, &raw mut tm).is_null() {
            return Err(os_error::raise_last());
        }
        Ok(tm)
    }
}
fn utc(t: i64) -> Result<libc::tm, Raised> {
    // SAFETY: the struct is ours.
    unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        if libc::gmtime_r(&raw const t, &raw mut tm).is_null() {
            return Err(os_error::raise_last());
        }
        tm.tm_zone = c"UTC".as_ptr();
        Ok(tm)
    }
}

/// The nine numbers of a time tuple.
fn to_tm(v: Value) -> Result<libc::tm, Raised> {
    let Some(tuple) = v.cast::<Tuple>() else {
        return Err(kiln_object::raise!(TypeError, "Tuple or struct_time argument required"));
    };
    let items = tuple.items();
    if items.len() != 9 {
        return Err(kiln_object::raise!(TypeError, "function takes exactly 9 arguments ({} given)", items.len()));
    }
    let mut n = [0i64; 9];
    for (slot, item) in n.iter_mut().zip(items) {
        *slot = kiln_object::ops::index(*item)?
            .as_int()
            .and_then(|i| i.to_i64())
            .ok_or_else(|| raise::overflow_error("Python int too large to convert to C int"))?;
    }
    let year = n[0] - 1900;
    if i32::try_from(year).is_err() {
        return Err(raise::overflow_error("year out of range"));
    }
    // SAFETY: a zeroed struct is valid.
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    tm.tm_year = year as i32;
    tm.tm_mon = n[1] as i32 - 1;
    tm.tm_mday = n[2] as i32;
    tm.tm_hour = n[3] as i32;
    tm.tm_min = n[4] as i32;
    tm.tm_sec = n[5] as i32;
    tm.tm_wday = (n[6] as i32 + 1) % 7;
    tm.tm_yday = n[7] as i32 - 1;
    tm.tm_isdst = n[8] as i32;
    Ok(tm)
}

fn check_ranges(tm: &mut libc::tm) -> Result<(), Raised> {
    if tm.tm_mon == -1 {
        tm.tm_mon = 0;
    }
    if tm.tm_mday == 0 {
        tm.tm_mday = 1;
    }
    if tm.tm_yday == -1 {
        tm.tm_yday = 0;
    }
    let bad = |what: &str| Err(kiln_object::raise!(ValueError, "{what} out of range"));
    if !(0..12).contains(&tm.tm_mon) {
        return bad("month");
    }
    if !(1..=31).contains(&tm.tm_mday) {
        return bad("day of month");
    }
    if !(0..24).contains(&tm.tm_hour) {
        return bad("hour");
    }
    if !(0..60).contains(&tm.tm_min) {
        return bad("minute");
    }
    if !(0..=61).contains(&tm.tm_sec) {
        return bad("seconds");
    }
    if tm.tm_wday < 0 {
        return bad("day of week");
    }
    if !(0..=365).contains(&tm.tm_yday) {
        return bad("day of year");
    }
    Ok(())
}

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn asctime_text(tm: &libc::tm) -> String {
    format!(
        "{} {} {:2} {:02}:{:02}:{:02} {}",
        DAYS[tm.tm_wday as usize % 7],
        MONTHS[tm.tm_mon as usize % 12],
        tm.tm_mday,
        tm.tm_hour,
        tm.tm_min,
        tm.tm_sec,
        i64::from(tm.tm_year) + 1900
    )
}

/// This module provides various functions to manipulate time values.
#[builtin_module("time")]
pub mod module {
    use super::*;
    use crate::support::add_ints;
    use kiln_builtins::descriptors::namespace::Namespace;
    use kiln_object::module::Module;

    unsafe extern "C" {
        #[link_name = "tzset"]
        fn c_tzset();
        static timezone: libc::c_long;
        static daylight: libc::c_int;
        static tzname: [*const libc::c_char; 2];
    }

    fn fill_zone(module: &Module) {
        // SAFETY: the C library's variables, set by `tzset`.
        let (zone, day, names) = unsafe {
            tzset_c();
            let name = |p: *const libc::c_char| std::ffi::CStr::from_ptr(p).to_string_lossy().into_owned();
            (timezone, daylight, (name(tzname[0]), name(tzname[1])))
        };
        module.set("timezone", Object::int(zone));
        module.set("altzone", Object::int(if day != 0 { zone - 3600 } else { zone }));
        module.set("daylight", Object::int(i64::from(day)));
        module.set("tzname", kiln_object::IntoObject::into_object(names));
    }
    fn tzset_c() {
        // SAFETY: reads the environment, which no other thread changes.
        unsafe { c_tzset() };
    }

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        let clocks = [
            ("CLOCK_REALTIME", libc::CLOCK_REALTIME),
            ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC),
            ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW),
            ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID),
            ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID),
            ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME),
            ("CLOCK_TAI", libc::CLOCK_TAI),
        ];
        add_ints(module, &clocks.map(|(name, id)| (name, i64::from(id))));
        module.set("_STRUCT_TM_ITEMS", Object::int(11));
        module.set("struct_time", STRUCT_TIME.class().as_value().to_object());
        fill_zone(module);
        Ok(())
    }

    /// Return the current time in seconds since the Epoch.
    pub fn time() -> Result<f64, Raised> {
        clock(libc::CLOCK_REALTIME).map(seconds)
    }
    pub fn time_ns() -> Result<i128, Raised> {
        clock(libc::CLOCK_REALTIME)
    }
    /// Monotonic clock, cannot go backward.
    pub fn monotonic() -> Result<f64, Raised> {
        clock(libc::CLOCK_MONOTONIC).map(seconds)
    }
    pub fn monotonic_ns() -> Result<i128, Raised> {
        clock(libc::CLOCK_MONOTONIC)
    }
    /// Performance counter for benchmarking.
    pub fn perf_counter() -> Result<f64, Raised> {
        clock(libc::CLOCK_MONOTONIC).map(seconds)
    }
    pub fn perf_counter_ns() -> Result<i128, Raised> {
        clock(libc::CLOCK_MONOTONIC)
    }
    /// Process time for profiling: sum of the kernel and user-space CPU time.
    pub fn process_time() -> Result<f64, Raised> {
        clock(libc::CLOCK_PROCESS_CPUTIME_ID).map(seconds)
    }
    pub fn process_time_ns() -> Result<i128, Raised> {
        clock(libc::CLOCK_PROCESS_CPUTIME_ID)
    }
    /// Thread time for profiling.
    pub fn thread_time() -> Result<f64, Raised> {
        clock(libc::CLOCK_THREAD_CPUTIME_ID).map(seconds)
    }
    pub fn thread_time_ns() -> Result<i128, Raised> {
        clock(libc::CLOCK_THREAD_CPUTIME_ID)
    }
    pub fn clock_gettime(clk_id: i32) -> Result<f64, Raised> {
        clock(clk_id).map(seconds)
    }
    pub fn clock_gettime_ns(clk_id: i32) -> Result<i128, Raised> {
        clock(clk_id)
    }
    pub fn clock_getres(clk_id: i32) -> Result<f64, Raised> {
        let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the struct is ours.
        os_error::check(unsafe { libc::clock_getres(clk_id, &raw mut t) })?;
        Ok(t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9)
    }
    /// Information about the clock `name`.
    pub fn get_clock_info(name: String) -> Result<Object, Raised> {
        let (id, text, monotonic, adjustable) = match name.as_str() {
            "time" => (libc::CLOCK_REALTIME, "clock_gettime(CLOCK_REALTIME)", false, true),
            "monotonic" | "perf_counter" => (libc::CLOCK_MONOTONIC, "clock_gettime(CLOCK_MONOTONIC)", true, false),
            "process_time" => (libc::CLOCK_PROCESS_CPUTIME_ID, "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", true, false),
            "thread_time" => (libc::CLOCK_THREAD_CPUTIME_ID, "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", true, false),
            _ => return Err(raise::value_error("unknown clock")),
        };
        Ok(Namespace::new_object(vec![
            ("implementation", Str::new(text)),
            ("monotonic", Object::bool(monotonic)),
            ("adjustable", Object::bool(adjustable)),
            ("resolution", Object::float(clock_getres(id)?)),
        ]))
    }
    /// Delay execution for a given number of seconds.
    pub fn sleep(seconds: Value) -> Result<(), Raised> {
        let duration = match kiln_object::ops::index_quiet(seconds)? {
            Some(i) => kiln_object::ops::to_float(i.value())?,
            None => kiln_object::ops::to_float(seconds)?,
        };
        if duration.is_nan() {
            return Err(raise::value_error("Invalid value NaN (not a number)"));
        }
        if duration < 0.0 {
            return Err(raise::value_error("sleep length must be non-negative"));
        }
        if duration > 9.2e9 {
            return Err(raise::overflow_error("timestamp too large to convert to C PyTime_t"));
        }
        sleep_for(duration)
    }
    /// Convert seconds since the Epoch to a time tuple expressing local time.
    pub fn localtime(seconds: Option<Value>) -> Result<Object, Raised> {
        local(timestamp(seconds)?).map(|tm| from_tm(&tm))
    }
    /// Convert seconds since the Epoch to a time tuple expressing UTC.
    pub fn gmtime(seconds: Option<Value>) -> Result<Object, Raised> {
        utc(timestamp(seconds)?).map(|tm| from_tm(&tm))
    }
    /// Convert a time tuple in local time to seconds since the Epoch.
    pub fn mktime(tuple: Value) -> Result<f64, Raised> {
        let mut tm = to_tm(tuple)?;
        tm.tm_wday = -1;
        // SAFETY: the struct is ours.
        let t = unsafe { libc::mktime(&raw mut tm) };
        if t == -1 && tm.tm_wday == -1 {
            return Err(raise::overflow_error("mktime argument out of range"));
        }
        Ok(t as f64)
    }
    /// Convert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'.
    pub fn asctime(tuple: Option<Value>) -> Result<String, Raised> {
        let mut tm = match tuple {
            Some(tuple) => to_tm(tuple)?,
            None => local(timestamp(None)?)?,
        };
        check_ranges(&mut tm)?;
        Ok(asctime_text(&tm))
    }
    /// Convert a time in seconds since the Epoch to a string in local time.
    pub fn ctime(seconds: Option<Value>) -> Result<String, Raised> {
        local(timestamp(seconds)?).map(|tm| asctime_text(&tm))
    }
    /// Convert a time tuple to a string according to a format specification.
    pub fn strftime(format: &Str, tuple: Option<Value>) -> Result<Object, Raised> {
        let mut tm = match tuple {
            Some(tuple) => to_tm(tuple)?,
            None => local(timestamp(None)?)?,
        };
        check_ranges(&mut tm)?;
        let format = crate::support::fspath::encode(format)?;
        let mut out = Vec::new();
        // Text with zero bytes is formatted piece by piece.
        for (i, piece) in format.split(|b| *b == 0).enumerate() {
            if i > 0 {
                out.push(0);
            }
            if piece.is_empty() {
                continue;
            }
            // The result may be empty for good: a mark at the end tells.
            let mut text = piece.to_vec();
            text.push(b'+');
            let Ok(text) = std::ffi::CString::new(text) else { continue };
            let mut buffer = vec![0u8; 256];
            loop {
                // SAFETY: the buffer's own length; the format is terminated.
                let n = unsafe { libc::strftime(buffer.as_mut_ptr().cast(), buffer.len(), text.as_ptr(), &raw const tm) };
                if n > 0 {
                    out.extend_from_slice(&buffer[..n - 1]);
                    break;
                }
                if buffer.len() > 256 * piece.len().max(1) * 4 {
                    break;
                }
                buffer.resize(buffer.len() * 4, 0);
            }
        }
        Ok(crate::support::fspath::decode(&out))
    }
    /// Parse a string to a time tuple according to a format specification.
    pub fn strptime(string: Value, format: Option<Value>) -> Result<Object, Raised> {
        let f = crate::support::import_attr("_strptime", "_strptime_time")?;
        let mut args = vec![string];
        args.extend(format);
        kiln_object::call::call(f.value(), &args)
    }
    /// Initialize, or reinitialize, the local timezone.
    #[name = "tzset"]
    pub fn tzset_function() {
        tzset_c();
        if let Some(module) = crate::state::module("time") {
            fill_zone(module.expect::<Module>());
        }
    }
}
