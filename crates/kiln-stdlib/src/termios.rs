//! `termios`: the settings of terminals.
#![expect(unsafe_code, reason = "system calls")]
//!
//! # Safety
//! The C library reads and fills a struct of ours.

use crate::support::errors::ErrorClass;
use crate::support::fspath::fileno;
use crate::support::os_error;
use kiln_macros::builtin_module;
use kiln_object::bytes::Bytes;
use kiln_object::list::List;
use kiln_object::{Object, Raised, Value, exc, ops, raise};

static ERROR: ErrorClass = ErrorClass::new();

fn failed() -> Raised {
    let errno = os_error::errno();
    let text = kiln_object::str::Str::new(&os_error::message(errno));
    raise::with_args(ERROR.get(), vec![Object::int(i64::from(errno)), text])
}
fn check(result: i32) -> Result<(), Raised> {
    if result < 0 { Err(failed()) } else { Ok(()) }
}

fn number(v: Value) -> Result<u32, Raised> {
    let n = ops::index(v)?;
    Ok(n.value().as_int().map_or(0, |n| n.to_big().to_u64_wrapping()) as u32)
}

/// POSIX terminal control.
#[builtin_module("termios")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        macro_rules! numbers {
            ($($name:ident),* $(,)?) => { crate::support::add_ints(module, &[$((stringify!($name), libc::$name as i64)),*]) };
        }
        numbers!(
            B0, B50, B75, B110, B134, B150, B200, B300, B600, B1200, B1800, B2400, B4800, B9600, B19200, B38400, B57600, B115200,
            B230400, CSIZE, CSTOPB, CREAD, PARENB, PARODD, HUPCL, CLOCAL, CS5, CS6, CS7, CS8, CRTSCTS, IGNBRK, BRKINT, IGNPAR,
            PARMRK, INPCK, ISTRIP, INLCR, IGNCR, ICRNL, IUCLC, IXON, IXANY, IXOFF, IMAXBEL, OPOST, OLCUC, ONLCR, OCRNL, ONOCR,
            ONLRET, OFILL, OFDEL, NLDLY, CRDLY, TABDLY, BSDLY, VTDLY, FFDLY, ISIG, ICANON, ECHO, ECHOE, ECHOK, ECHONL, ECHOCTL,
            ECHOPRT, ECHOKE, FLUSHO, NOFLSH, TOSTOP, PENDIN, IEXTEN, TCSANOW, TCSADRAIN, TCSAFLUSH, TCIFLUSH, TCOFLUSH,
            TCIOFLUSH, TCOOFF, TCOON, TCIOFF, TCION, VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSTART, VSTOP, VSUSP, VEOL,
            VREPRINT, VDISCARD, VWERASE, VLNEXT, VEOL2, VSWTC, NCCS, TIOCGWINSZ, TIOCSWINSZ, TIOCGPGRP, TIOCSPGRP, TIOCSCTTY,
            TIOCNOTTY, TIOCSTI, TIOCOUTQ, TIOCEXCL, TIOCNXCL, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, TCGETS, TCSETS, TCSETSW,
            TCSETSF,
        );
        ERROR.add(module, "termios.error", &[exc::Exception.get()])
    }

    /// Get the tty attributes for file descriptor fd.
    pub fn tcgetattr(fd: Value) -> Result<Object, Raised> {
        let fd = fileno(fd)?;
        // SAFETY: a zeroed struct is valid, and ours.
        let mut t: libc::termios = unsafe { std::mem::zeroed() };
        // SAFETY: as above.
        check(unsafe { libc::tcgetattr(fd, &raw mut t) })?;
        // SAFETY: as above.
        let (input, output) = unsafe { (libc::cfgetispeed(&raw const t), libc::cfgetospeed(&raw const t)) };
        let plain = t.c_lflag & libc::ICANON == 0;
        let characters = t.c_cc.iter().enumerate().map(|(i, c)| match i {
            libc::VMIN | libc::VTIME if plain => Object::int(i64::from(*c)),
            _ => Bytes::new_object(&[*c]),
        });
        let mut items: Vec<Object> = [t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag, input, output]
            .iter()
            .map(|n| Object::int(i64::from(*n)))
            .collect();
        items.push(List::from_vec(characters.collect()));
        Ok(List::from_vec(items))
    }
    /// Set the tty attributes for file descriptor fd.
    pub fn tcsetattr(fd: Value, when: i32, attributes: Value) -> Result<(), Raised> {
        let fd = fileno(fd)?;
        let wrong = || raise::type_error("tcsetattr, arg 3: must be 7 element list".into());
        let Some(list) = attributes.cast::<List>() else { return Err(wrong()) };
        let items = list.snapshot();
        let [input, output, control, local, in_speed, out_speed, characters] = items.as_slice() else { return Err(wrong()) };
        // SAFETY: a zeroed struct is valid, and ours.
        let mut t: libc::termios = unsafe { std::mem::zeroed() };
        // SAFETY: as above.
        check(unsafe { libc::tcgetattr(fd, &raw mut t) })?;
        t.c_iflag = number(input.value())?;
        t.c_oflag = number(output.value())?;
        t.c_cflag = number(control.value())?;
        t.c_lflag = number(local.value())?;
        let (in_speed, out_speed) = (number(in_speed.value())?, number(out_speed.value())?);
        let characters = ops::to_vec(characters.value())?;
        if characters.len() != t.c_cc.len() {
            return Err(raise::type_error(format!(
                "tcsetattr: attributes[6] must be {} element list",
                t.c_cc.len()
            )));
        }
        for (place, c) in t.c_cc.iter_mut().zip(&characters) {
            *place = match c.cast::<Bytes>() {
                Some(bytes) if bytes.len() == 1 => bytes.data()[0],
                _ if c.value().as_int().is_some() => number(c.value())? as u8,
                _ => {
                    return Err(raise::type_error(
                        "tcsetattr: elements of attributes must be characters or integers".into(),
                    ));
                }
            };
        }
        // SAFETY: as above.
        unsafe {
            check(libc::cfsetispeed(&raw mut t, in_speed))?;
            check(libc::cfsetospeed(&raw mut t, out_speed))?;
            check(libc::tcsetattr(fd, when, &raw const t))
        }
    }
    /// Send a break on file descriptor fd.
    pub fn tcsendbreak(fd: Value, duration: i32) -> Result<(), Raised> {
        // SAFETY: numbers only.
        check(unsafe { libc::tcsendbreak(fileno(fd)?, duration) })
    }
    /// Wait until all output written to file descriptor fd has been transmitted.
    pub fn tcdrain(fd: Value) -> Result<(), Raised> {
        // SAFETY: numbers only.
        check(unsafe { libc::tcdrain(fileno(fd)?) })
    }
    /// Discard queued data on file descriptor fd.
    pub fn tcflush(fd: Value, queue: i32) -> Result<(), Raised> {
        // SAFETY: numbers only.
        check(unsafe { libc::tcflush(fileno(fd)?, queue) })
    }
    /// Suspend or resume input or output on file descriptor fd.
    pub fn tcflow(fd: Value, action: i32) -> Result<(), Raised> {
        // SAFETY: numbers only.
        check(unsafe { libc::tcflow(fileno(fd)?, action) })
    }
    /// Get the tty winsize for file descriptor fd.
    pub fn tcgetwinsize(fd: Value) -> Result<(u16, u16), Raised> {
        let fd = fileno(fd)?;
        let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: the struct is ours.
        check(unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, &raw mut size) })?;
        Ok((size.ws_row, size.ws_col))
    }
}
