//! `_socket.socket`: an open socket.
#![expect(unsafe_code, reason = "system calls")]
//!
//! # Safety
//! The kernel gets buffers and addresses of ours with their own lengths.

use super::address::{self, Address};
use crate::support::os_error::{self, errno, raise_errno};
use kiln_builtins::bytes::buffer::Buffer;
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::bytes::Bytes;
use kiln_object::layout::{ObjectType, alloc_instance, header};
use kiln_object::types::ClassRef;
use kiln_object::{Object, Raised, Value, exc, object_struct, ops, raise};
use std::cell::Cell;
use std::time::{Duration, Instant};

object_struct! {
    /// A socket. Closed ones have the number -1.
    pub struct Socket = "_socket.socket", Container {
        fd: Cell<i32>,
        family: Cell<i32>,
        kind: Cell<i32>,
        protocol: Cell<i32>,
        /// Seconds; negative for none.
        timeout: Cell<f64>,
    }
}

thread_local! {
    /// The timeout of new sockets; negative for none.
    pub static DEFAULT_TIMEOUT: Cell<f64> = const { Cell::new(-1.0) };
}

/// Reads a timeout: None for none.
pub fn timeout(v: Value) -> Result<f64, Raised> {
    if v.is_none() {
        return Ok(-1.0);
    }
    let seconds = ops::to_float(v)?;
    if seconds.is_nan() {
        return Err(raise::value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return Err(raise::value_error("Timeout value out of range"));
    }
    if seconds > 9.2e9 {
        return Err(raise::overflow_error("timeout doesn't fit into C timeval"));
    }
    Ok(seconds)
}
pub fn shown_timeout(seconds: f64) -> Object {
    if seconds < 0.0 { Object::none() } else { Object::float(seconds) }
}

fn timed_out() -> Raised {
    raise::with_message(&exc::TimeoutError, "timed out")
}

impl Socket {
    fn last_error() -> Raised {
        raise_errno(errno())
    }

    /// Waits until the socket can be read or written; true when the time is over.
    fn wait(&self, events: i16, deadline: Option<Instant>) -> Result<bool, Raised> {
        loop {
            let left = deadline.map(|d| d.saturating_duration_since(Instant::now()));
            let ms = left.map_or(-1, |left| i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX));
            let mut file = libc::pollfd { fd: self.fd.get(), events, revents: 0 };
            // SAFETY: one struct of ours.
            let n = unsafe { libc::poll(&raw mut file, 1, ms) };
            if n >= 0 {
                return Ok(n == 0);
            }
            if errno() != libc::EINTR {
                return Err(Socket::last_error());
            }
            crate::signal::serve()?;
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let seconds = self.timeout.get();
        (seconds > 0.0).then(|| Instant::now() + Duration::from_secs_f64(seconds))
    }

    /// Makes a call again until it is done, fails, or the socket's time is over.
    fn run(&self, events: i16, deadline: Option<Instant>, mut call: impl FnMut(i32) -> i64) -> Result<i64, Raised> {
        loop {
            if self.timeout.get() > 0.0 && self.wait(events, deadline)? {
                return Err(timed_out());
            }
            let n = call(self.fd.get());
            if n >= 0 {
                return Ok(n);
            }
            match errno() {
                libc::EINTR => crate::signal::serve()?,
                libc::EAGAIN if self.timeout.get() > 0.0 => {}
                e => return Err(raise_errno(e)),
            }
        }
    }

    fn make(class: &'static kiln_object::Type) -> Object {
        alloc_instance(
            class,
            Socket {
                header: header::<Socket>(),
                fd: Cell::new(-1),
                family: Cell::new(-1),
                kind: Cell::new(-1),
                protocol: Cell::new(-1),
                timeout: Cell::new(-1.0),
            },
        )
    }

    fn set_blocking(&self, on: bool) -> Result<(), Raised> {
        let mut flag = i32::from(!on);
        // SAFETY: a number of ours.
        os_error::check(unsafe { libc::ioctl(self.fd.get(), libc::FIONBIO, &raw mut flag) }).map(drop)
    }

    fn set_timeout(&self, seconds: f64) -> Result<(), Raised> {
        self.timeout.set(seconds);
        self.set_blocking(seconds < 0.0)
    }

    fn option(&self, level: i32, name: i32) -> Result<i32, Raised> {
        let (mut value, mut len) = (0i32, 4 as libc::socklen_t);
        // SAFETY: a number of ours.
        let code = unsafe { libc::getsockopt(self.fd.get(), level, name, (&raw mut value).cast(), &raw mut len) };
        os_error::check(code).map(|_| value)
    }

    fn receive(&self, room: &mut [u8], flags: i32) -> Result<usize, Raised> {
        let n = self.run(libc::POLLIN, self.deadline(), |fd| {
            // SAFETY: a buffer of ours.
            unsafe { libc::recv(fd, room.as_mut_ptr().cast(), room.len(), flags) as i64 }
        })?;
        Ok(n as usize)
    }
    fn receive_from(&self, room: &mut [u8], flags: i32) -> Result<(usize, Object), Raised> {
        let mut from = Address::room();
        let most = from.len;
        let n = self.run(libc::POLLIN, self.deadline(), |fd| {
            from.len = most;
            let (pointer, len) = (from.pointer_mut(), &raw mut from.len);
            // SAFETY: a buffer and an address of ours.
            unsafe { libc::recvfrom(fd, room.as_mut_ptr().cast(), room.len(), flags, pointer, len) as i64 }
        })?;
        Ok((n as usize, from.object()))
    }
    fn connect_now(&self, v: Value, function: &str) -> Result<i32, Raised> {
        let to = address::parse(self.family.get(), v, function)?;
        // SAFETY: an address of ours.
        if unsafe { libc::connect(self.fd.get(), to.pointer(), to.len) } == 0 {
            return Ok(0);
        }
        let error = errno();
        let goes_on = (error == libc::EINPROGRESS && self.timeout.get() > 0.0)
            || (error == libc::EINTR && self.timeout.get() != 0.0);
        if !goes_on {
            return Ok(error);
        }
        if error == libc::EINTR {
            crate::signal::serve()?;
        }
        if self.wait(libc::POLLOUT, self.deadline())? {
            return Ok(libc::EWOULDBLOCK);
        }
        self.option(libc::SOL_SOCKET, libc::SO_ERROR)
    }
}

fn count(size: isize, what: &str) -> Result<usize, Raised> {
    usize::try_from(size).map_err(|_| raise::value_error(&format!("negative buffersize in {what}")))
}

/// How much of a buffer a `recv_into` may fill.
fn wanted(buffer: &Buffer, nbytes: isize, what: &str) -> Result<usize, Raised> {
    let n = count(nbytes, what)?;
    if n > buffer.len() {
        return Err(raise::value_error("buffer too small for requested bytes"));
    }
    Ok(if n == 0 { buffer.len() } else { n })
}

/// The methods' name space.
pub struct SocketMethods;

#[builtin_methods("_socket.socket")]
impl SocketMethods {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        Socket::make(cls.0)
    }
    fn __init__(
        this: &Socket,
        #[kw]
        #[default(-1)]
        family: i32,
        #[kw]
        #[arg = "type"]
        #[default(-1)]
        kind: i32,
        #[kw]
        #[default(-1)]
        proto: i32,
        #[kw] fileno: Option<Value>,
    ) -> Result<(), Raised> {
        let (mut family, mut kind, mut proto) = (family, kind, proto);
        match fileno.filter(|v| !v.is_none()) {
            None => {
                family = if family == -1 { libc::AF_INET } else { family };
                kind = if kind == -1 { libc::SOCK_STREAM } else { kind };
                proto = proto.max(0);
                // SAFETY: numbers only.
                let fd = os_error::check(unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, proto) })?;
                this.fd.set(fd);
            }
            Some(v) => {
                if v.as_float().is_some() {
                    return Err(raise::type_error("integer argument expected, got float".into()));
                }
                let fd = ops::index(v)?;
                let fd = fd.value().as_small_int().and_then(|fd| i32::try_from(fd).ok());
                let Some(fd) = fd.filter(|fd| *fd >= 0) else {
                    return Err(raise::value_error("negative file descriptor"));
                };
                this.fd.set(fd);
                let mut own = Address::room();
                let (pointer, len) = (own.pointer_mut(), &raw mut own.len);
                // SAFETY: an address of ours.
                if unsafe { libc::getsockname(fd, pointer, len) } < 0 {
                    let error = errno();
                    this.fd.set(-1);
                    return Err(raise_errno(error));
                }
                if family == -1 {
                    family = i32::from(own.storage.ss_family);
                }
                if kind == -1 {
                    kind = this.option(libc::SOL_SOCKET, libc::SO_TYPE)?;
                }
                if proto == -1 {
                    proto = this.option(libc::SOL_SOCKET, libc::SO_PROTOCOL)?;
                }
            }
        }
        this.family.set(family);
        this.kind.set(kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC));
        this.protocol.set(proto);
        if kind & libc::SOCK_NONBLOCK != 0 {
            this.timeout.set(0.0);
            return Ok(());
        }
        let default = DEFAULT_TIMEOUT.get();
        this.timeout.set(default);
        if default >= 0.0 { this.set_blocking(false) } else { Ok(()) }
    }
    fn __del__(this: &Socket) -> Result<(), Raised> {
        if this.fd.get() < 0 {
            return Ok(());
        }
        let me = Value::from_ptr(&this.header);
        let message = format!("unclosed {}", ops::repr_lossy(me));
        let warned = kiln_builtins::warn::warn(&exc::ResourceWarning, &message);
        // SAFETY: the socket's own descriptor.
        unsafe { libc::close(this.fd.replace(-1)) };
        warned
    }
    fn __repr__(this: &Socket) -> String {
        format!(
            "<socket object, fd={}, family={}, type={}, proto={}>",
            this.fd.get(),
            this.family.get(),
            this.kind.get(),
            this.protocol.get()
        )
    }
    /// _accept() -> (integer, address info)
    fn _accept(this: &Socket) -> Result<(i64, Object), Raised> {
        let mut from = Address::room();
        let most = from.len;
        let fd = this.run(libc::POLLIN, this.deadline(), |fd| {
            from.len = most;
            let (pointer, len) = (from.pointer_mut(), &raw mut from.len);
            // SAFETY: an address of ours.
            i64::from(unsafe { libc::accept4(fd, pointer, len, libc::SOCK_CLOEXEC) })
        })?;
        Ok((fd, from.object()))
    }
    /// Bind the socket to a local address.
    fn bind(this: &Socket, address: Value) -> Result<(), Raised> {
        let to = address::parse(this.family.get(), address, "bind")?;
        // SAFETY: an address of ours.
        os_error::check(unsafe { libc::bind(this.fd.get(), to.pointer(), to.len) }).map(drop)
    }
    /// Close the socket.
    fn close(this: &Socket) -> Result<(), Raised> {
        let fd = this.fd.replace(-1);
        // SAFETY: the socket's own descriptor.
        if fd >= 0 && unsafe { libc::close(fd) } < 0 && errno() != libc::ECONNRESET {
            return Err(Socket::last_error());
        }
        Ok(())
    }
    /// Connect the socket to a remote address.
    fn connect(this: &Socket, address: Value) -> Result<(), Raised> {
        match this.connect_now(address, "connect")? {
            0 => Ok(()),
            libc::EWOULDBLOCK if this.timeout.get() > 0.0 => Err(timed_out()),
            e => Err(raise_errno(e)),
        }
    }
    /// This is like connect(address), but returns an error code instead of raising an exception.
    fn connect_ex(this: &Socket, address: Value) -> Result<i32, Raised> {
        this.connect_now(address, "connect_ex")
    }
    /// Close the socket object without closing the underlying file descriptor.
    fn detach(this: &Socket) -> i32 {
        this.fd.replace(-1)
    }
    /// Return the integer file descriptor of the socket.
    fn fileno(this: &Socket) -> i32 {
        this.fd.get()
    }
    /// Return the address of the remote endpoint.
    fn getpeername(this: &Socket) -> Result<Object, Raised> {
        let mut a = Address::room();
        let (pointer, len) = (a.pointer_mut(), &raw mut a.len);
        // SAFETY: an address of ours.
        os_error::check(unsafe { libc::getpeername(this.fd.get(), pointer, len) })?;
        Ok(a.object())
    }
    /// Return the address of the local endpoint.
    fn getsockname(this: &Socket) -> Result<Object, Raised> {
        let mut a = Address::room();
        let (pointer, len) = (a.pointer_mut(), &raw mut a.len);
        // SAFETY: an address of ours.
        os_error::check(unsafe { libc::getsockname(this.fd.get(), pointer, len) })?;
        Ok(a.object())
    }
    /// Get a socket option.
    fn getsockopt(this: &Socket, level: i32, option: i32, buflen: Option<i32>) -> Result<Object, Raised> {
        let Some(len) = buflen.filter(|len| *len != 0) else {
            return this.option(level, option).map(|n| Object::int(i64::from(n)));
        };
        if !(1..=1024).contains(&len) {
            return Err(kiln_object::raise!(OSError, "getsockopt buflen out of range"));
        }
        let mut room = vec![0u8; len as usize];
        let mut len = len as libc::socklen_t;
        // SAFETY: a buffer of ours.
        let code = unsafe { libc::getsockopt(this.fd.get(), level, option, room.as_mut_ptr().cast(), &raw mut len) };
        os_error::check(code)?;
        Ok(Bytes::new_object(&room[..len as usize]))
    }
    /// Set a socket option.
    fn setsockopt(this: &Socket, level: i32, option: i32, value: Value, optlen: Option<u32>) -> Result<(), Raised> {
        let fd = this.fd.get();
        let code = if let Some(len) = optlen {
            if !value.is_none() {
                return Err(raise::type_error("setsockopt() argument 3 must be None when optlen is given".into()));
            }
            // SAFETY: no value, which the kernel checks.
            unsafe { libc::setsockopt(fd, level, option, std::ptr::null(), len) }
        } else if let Some(number) = ops::index_quiet(value)? {
            let number = number.value().as_int().map_or(0, |n| n.to_big().to_u64_wrapping()) as i32;
            // SAFETY: a number of ours.
            unsafe { libc::setsockopt(fd, level, option, (&raw const number).cast(), 4) }
        } else {
            let buffer = Buffer::require(value)?;
            let data = buffer.data();
            // SAFETY: a buffer that stays while it is held.
            unsafe { libc::setsockopt(fd, level, option, data.as_ptr().cast(), data.len() as libc::socklen_t) }
        };
        os_error::check(code).map(drop)
    }
    /// Enable a server to accept connections.
    fn listen(this: &Socket, #[default(128)] backlog: i32) -> Result<(), Raised> {
        // SAFETY: numbers only.
        os_error::check(unsafe { libc::listen(this.fd.get(), backlog.max(0)) }).map(drop)
    }
    /// Receive up to buffersize bytes from the socket.
    fn recv(this: &Socket, bufsize: isize, #[default(0)] flags: i32) -> Result<Object, Raised> {
        let mut room = vec![0; count(bufsize, "recv")?];
        let n = this.receive(&mut room, flags)?;
        Ok(Bytes::new_object(&room[..n]))
    }
    /// A version of recv() that stores its data into a buffer.
    fn recv_into(
        this: &Socket,
        #[kw] buffer: Value,
        #[kw]
        #[default(0)]
        nbytes: isize,
        #[kw]
        #[default(0)]
        flags: i32,
    ) -> Result<usize, Raised> {
        let buffer = Buffer::require_writable(buffer, "recv_into() argument 1")?;
        let n = wanted(&buffer, nbytes, "recv_into")?;
        this.receive(&mut buffer.data_mut()[..n], flags)
    }
    /// Like recv(buffersize, flags) but also return the sender's address info.
    fn recvfrom(this: &Socket, bufsize: isize, #[default(0)] flags: i32) -> Result<(Object, Object), Raised> {
        let mut room = vec![0; count(bufsize, "recvfrom")?];
        let (n, from) = this.receive_from(&mut room, flags)?;
        Ok((Bytes::new_object(&room[..n]), from))
    }
    /// Like recv_into(buffer[, nbytes[, flags]]) but also return the sender's address info.
    fn recvfrom_into(
        this: &Socket,
        #[kw] buffer: Value,
        #[kw]
        #[default(0)]
        nbytes: isize,
        #[kw]
        #[default(0)]
        flags: i32,
    ) -> Result<(usize, Object), Raised> {
        let buffer = Buffer::require_writable(buffer, "recvfrom_into() argument 1")?;
        let n = wanted(&buffer, nbytes, "recvfrom_into")?;
        this.receive_from(&mut buffer.data_mut()[..n], flags)
    }
    /// Send a data string to the socket.
    fn send(this: &Socket, data: Buffer, #[default(0)] flags: i32) -> Result<i64, Raised> {
        this.run(libc::POLLOUT, this.deadline(), |fd| {
            let data = data.data();
            // SAFETY: a buffer that stays while it is held.
            unsafe { libc::send(fd, data.as_ptr().cast(), data.len(), flags) as i64 }
        })
    }
    /// Send a data string to the socket, all of it.
    fn sendall(this: &Socket, data: Buffer, #[default(0)] flags: i32) -> Result<(), Raised> {
        let deadline = this.deadline();
        let mut at = 0;
        while at < data.len() {
            let sent = this.run(libc::POLLOUT, deadline, |fd| {
                let rest = &data.data()[at..];
                // SAFETY: as above.
                unsafe { libc::send(fd, rest.as_ptr().cast(), rest.len(), flags) as i64 }
            })?;
            at += sent as usize;
            crate::signal::serve()?;
        }
        Ok(())
    }
    /// Like send(data, flags) but allows specifying the destination address.
    fn sendto(this: &Socket, data: Buffer, flags_or_address: Value, address: Option<Value>) -> Result<i64, Raised> {
        let (flags, to) = match address {
            None => (0, flags_or_address),
            Some(to) => (ops::index(flags_or_address)?.value().as_small_int().unwrap_or(0) as i32, to),
        };
        let to = address::parse(this.family.get(), to, "sendto")?;
        this.run(libc::POLLOUT, this.deadline(), |fd| {
            let data = data.data();
            // SAFETY: a buffer that stays while it is held, and an address of ours.
            unsafe { libc::sendto(fd, data.as_ptr().cast(), data.len(), flags, to.pointer(), to.len) as i64 }
        })
    }
    /// Send normal and ancillary data to the socket.
    fn sendmsg(
        this: &Socket,
        buffers: Value,
        ancdata: Option<Value>,
        #[default(0)] flags: i32,
        address: Option<Value>,
    ) -> Result<i64, Raised> {
        super::message::send(this, buffers, ancdata, flags, address)
    }
    /// Receive normal data and ancillary data from the socket.
    fn recvmsg(
        this: &Socket,
        bufsize: isize,
        #[default(0)] ancbufsize: isize,
        #[default(0)] flags: i32,
    ) -> Result<Object, Raised> {
        super::message::receive(this, count(bufsize, "recvmsg")?, ancbufsize, flags)
    }
    /// Set the socket to blocking (flag is true) or non-blocking (false).
    fn setblocking(this: &Socket, flag: bool) -> Result<(), Raised> {
        this.set_timeout(if flag { -1.0 } else { 0.0 })
    }
    /// Returns True if socket is in blocking mode, or False if it is in non-blocking mode.
    fn getblocking(this: &Socket) -> bool {
        this.timeout.get() != 0.0
    }
    /// Set a timeout on socket operations.
    fn settimeout(this: &Socket, value: Value) -> Result<(), Raised> {
        this.set_timeout(timeout(value)?)
    }
    /// Returns the timeout in seconds (float) associated with socket operations.
    fn gettimeout(this: &Socket) -> Object {
        shown_timeout(this.timeout.get())
    }
    /// Shut down the reading side of the socket, the writing side, or both.
    fn shutdown(this: &Socket, how: i32) -> Result<(), Raised> {
        // SAFETY: numbers only.
        os_error::check(unsafe { libc::shutdown(this.fd.get(), how) }).map(drop)
    }
    /// the socket family
    #[getter]
    fn family(this: &Socket) -> i32 {
        this.family.get()
    }
    /// the socket type
    #[getter]
    #[name = "type"]
    fn kind(this: &Socket) -> i32 {
        this.kind.get()
    }
    /// the socket protocol
    #[getter]
    fn proto(this: &Socket) -> i32 {
        this.protocol.get()
    }
    /// the socket timeout
    #[getter]
    #[name = "timeout"]
    fn timeout_getter(this: &Socket) -> Object {
        shown_timeout(this.timeout.get())
    }
}

impl Socket {
    pub fn class_object() -> &'static kiln_object::Type {
        Socket::class()
    }
    pub fn family_number(&self) -> i32 {
        self.family.get()
    }
    /// Runs a call that sends or receives a message.
    pub fn message(&self, events: i16, call: impl FnMut(i32) -> i64) -> Result<i64, Raised> {
        self.run(events, self.deadline(), call)
    }
}
