//! `_socket`: sockets. `address.rs` has addresses, `object.rs` the socket object; names and numbers are here.
#![expect(unsafe_code, reason = "the C library's name services")]
//!
//! # Safety
//! Strings are terminated, buffers passed with their lengths; what the library returns is copied before the next call.

mod address;
mod message;
mod object;

use crate::support::errors::ErrorClass;
use kiln_macros::builtin_module;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, raise};
use std::ffi::CStr;

static GAI_ERROR: ErrorClass = ErrorClass::new();
static H_ERROR: ErrorClass = ErrorClass::new();

/// `socket.gaierror` for a code of `getaddrinfo`.
#[cold]
pub fn gai_error(code: i32) -> Raised {
    if code == libc::EAI_SYSTEM {
        return crate::support::os_error::raise_last();
    }
    // SAFETY: a constant text of the library.
    let text = unsafe { CStr::from_ptr(libc::gai_strerror(code)) }.to_string_lossy().into_owned();
    os_like(&GAI_ERROR, code, &text)
}

/// An exception of a subclass of OSError with number and text, made as a program would.
fn os_like(class: &ErrorClass, code: i32, text: &str) -> Raised {
    let args = [Object::int(i64::from(code)), Str::new(text)];
    match kiln_object::call::call(class.get().as_value(), &[args[0].value(), args[1].value()]) {
        Ok(e) => raise::exception(e),
        Err(e) => e,
    }
}

/// Implementation module for socket operations.
#[builtin_module("_socket")]
pub mod module {
    use super::address::{self, host_bytes};
    use super::object::{self, DEFAULT_TIMEOUT, Socket, SocketMethods};
    use super::{GAI_ERROR, H_ERROR, gai_error, os_like};
    use crate::support::os_error::{self, raise_last};
    use crate::support::{add_ints, fspath};
    use kiln_builtins::bytes::buffer::Buffer;
    use kiln_object::bytes::Bytes;
    use kiln_object::list::List;
    use kiln_object::module::Module;
    use kiln_object::str::Str;
    use kiln_object::tuple::Tuple;
    use kiln_object::types::{define, flags};
    use kiln_object::{Object, Raised, Value, exc, raise};
    use std::ffi::{CStr, CString};
    use std::net::{Ipv4Addr, Ipv6Addr};

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        macro_rules! numbers {
            ($($name:ident),* $(,)?) => { add_ints(module, &[$((stringify!($name), libc::$name as i64)),*]) };
        }
        numbers!(
            AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_ALG, AF_CAN, AF_VSOCK, SOCK_STREAM, SOCK_DGRAM,
            SOCK_RAW, SOCK_SEQPACKET, SOCK_RDM, SOCK_CLOEXEC, SOCK_NONBLOCK, SOL_SOCKET, SO_DEBUG, SO_ACCEPTCONN, SO_REUSEADDR,
            SO_KEEPALIVE, SO_DONTROUTE, SO_BROADCAST, SO_LINGER, SO_OOBINLINE, SO_REUSEPORT, SO_SNDBUF, SO_RCVBUF, SO_SNDLOWAT,
            SO_RCVLOWAT, SO_SNDTIMEO, SO_RCVTIMEO, SO_ERROR, SO_TYPE, SO_PASSCRED, SO_PEERCRED, SO_PASSSEC, SO_BINDTODEVICE,
            SO_PRIORITY, SO_MARK, SO_DOMAIN, SO_PROTOCOL, SO_PEERSEC, SO_INCOMING_CPU, SOMAXCONN, SCM_RIGHTS, SCM_CREDENTIALS,
            MSG_OOB, MSG_PEEK, MSG_DONTROUTE, MSG_DONTWAIT, MSG_EOR, MSG_TRUNC, MSG_CTRUNC, MSG_WAITALL, MSG_NOSIGNAL, MSG_MORE,
            MSG_CMSG_CLOEXEC, MSG_CONFIRM, MSG_ERRQUEUE, MSG_FASTOPEN, IPPROTO_IP, IPPROTO_ICMP, IPPROTO_IGMP, IPPROTO_TCP,
            IPPROTO_EGP, IPPROTO_PUP, IPPROTO_UDP, IPPROTO_IDP, IPPROTO_TP, IPPROTO_IPV6, IPPROTO_ROUTING, IPPROTO_FRAGMENT,
            IPPROTO_RSVP, IPPROTO_GRE, IPPROTO_ESP, IPPROTO_AH, IPPROTO_ICMPV6, IPPROTO_NONE, IPPROTO_DSTOPTS, IPPROTO_PIM,
            IPPROTO_SCTP, IPPROTO_UDPLITE, IPPROTO_RAW, IPPROTO_HOPOPTS, IPPROTO_IPIP, IPPROTO_MPTCP, IP_OPTIONS, IP_HDRINCL,
            IP_TOS, IP_TTL, IP_RECVOPTS, IP_RETOPTS, IP_MULTICAST_IF, IP_MULTICAST_TTL, IP_MULTICAST_LOOP, IP_ADD_MEMBERSHIP,
            IP_DROP_MEMBERSHIP, IP_TRANSPARENT, IP_BIND_ADDRESS_NO_PORT, IP_RECVTOS, IP_PKTINFO, IPV6_MULTICAST_HOPS, IPV6_MULTICAST_IF, IPV6_MULTICAST_LOOP, IPV6_UNICAST_HOPS, IPV6_V6ONLY,
            IPV6_CHECKSUM, IPV6_RECVTCLASS, IPV6_TCLASS, IPV6_PKTINFO, IPV6_RECVPKTINFO, TCP_NODELAY, TCP_MAXSEG, TCP_CORK,
            TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT, TCP_LINGER2, TCP_DEFER_ACCEPT, TCP_WINDOW_CLAMP, TCP_INFO,
            TCP_QUICKACK, TCP_FASTOPEN, TCP_CONGESTION, TCP_USER_TIMEOUT, TCP_NOTSENT_LOWAT, SHUT_RD, SHUT_WR, SHUT_RDWR,
            EAI_AGAIN, EAI_BADFLAGS, EAI_FAIL, EAI_FAMILY, EAI_MEMORY, EAI_NODATA, EAI_NONAME, EAI_OVERFLOW,
            EAI_SERVICE, EAI_SOCKTYPE, EAI_SYSTEM, AI_PASSIVE, AI_CANONNAME, AI_NUMERICHOST, AI_NUMERICSERV, AI_ALL,
            AI_V4MAPPED, AI_ADDRCONFIG, NI_MAXHOST, NI_NOFQDN, NI_NUMERICHOST, NI_NAMEREQD, NI_NUMERICSERV, NI_DGRAM,
        );
        let more = [
            ("NI_MAXSERV", 32),
            ("EAI_ADDRFAMILY", -9),
            ("IPV6_JOIN_GROUP", i64::from(libc::IPV6_ADD_MEMBERSHIP)),
            ("IPV6_LEAVE_GROUP", i64::from(libc::IPV6_DROP_MEMBERSHIP)),
            ("SOL_IP", 0),
            ("SOL_TCP", 6),
            ("SOL_UDP", 17),
            ("INADDR_ANY", 0),
            ("INADDR_BROADCAST", 0xffff_ffff),
            ("INADDR_LOOPBACK", 0x7f00_0001),
            ("INADDR_UNSPEC_GROUP", 0xe000_0000),
            ("INADDR_ALLHOSTS_GROUP", 0xe000_0001),
            ("INADDR_MAX_LOCAL_GROUP", 0xe000_00ff),
            ("INADDR_NONE", 0xffff_ffff),
            ("IPPORT_RESERVED", 1024),
            ("IPPORT_USERRESERVED", 5000),
            ("IP_DEFAULT_MULTICAST_TTL", 1),
            ("IP_DEFAULT_MULTICAST_LOOP", 1),
        ];
        add_ints(module, &more);
        module.set("has_ipv6", Object::bool(true));
        module.set("error", exc::OSError.get().as_value().to_object());
        module.set("timeout", exc::TimeoutError.get().as_value().to_object());
        GAI_ERROR.add(module, "socket.gaierror", &[exc::OSError.get()])?;
        H_ERROR.add(module, "socket.herror", &[exc::OSError.get()])?;
        let more = flags::BASETYPE;
        define::<Socket>("socket", "_socket", None, more, SocketMethods::METHODS, None);
        let class = Socket::class_object();
        module.set("socket", class.as_value().to_object());
        module.set("SocketType", class.as_value().to_object());
        Ok(())
    }

    /// Close an integer socket file descriptor.
    pub fn close(fd: Value) -> Result<(), Raised> {
        let fd = fspath::fileno(fd)?;
        // SAFETY: a number.
        if unsafe { libc::close(fd) } < 0 && os_error::errno() != libc::ECONNRESET {
            return Err(raise_last());
        }
        Ok(())
    }
    /// Duplicate an integer socket file descriptor.
    pub fn dup(fd: Value) -> Result<i32, Raised> {
        let fd = fspath::fileno(fd)?;
        // SAFETY: a number.
        os_error::check(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })
    }
    /// Create a pair of socket objects.
    pub fn socketpair(
        #[default(libc::AF_UNIX)] family: i32,
        #[arg = "type"]
        #[default(libc::SOCK_STREAM)]
        kind: i32,
        #[default(0)] proto: i32,
    ) -> Result<(Object, Object), Raised> {
        let mut pair = [0; 2];
        // SAFETY: two numbers of ours.
        os_error::check(unsafe { libc::socketpair(family, kind | libc::SOCK_CLOEXEC, proto, pair.as_mut_ptr()) })?;
        let class = Socket::class_object().as_value();
        let make = |fd: i32| {
            let args = [family, kind, proto, fd].map(|n| Object::int(i64::from(n)));
            let values: Vec<Value> = args.iter().map(|o| o.value()).collect();
            kiln_object::call::call(class, &values)
        };
        Ok((make(pair[0])?, make(pair[1])?))
    }
    /// Resolve host and port into addrinfo struct.
    pub fn getaddrinfo(
        #[kw] host: Value,
        #[kw] port: Value,
        #[kw]
        #[default(0)]
        family: i32,
        #[kw]
        #[arg = "type"]
        #[default(0)]
        kind: i32,
        #[kw]
        #[default(0)]
        proto: i32,
        #[kw]
        #[default(0)]
        flags: i32,
    ) -> Result<Object, Raised> {
        let host = if host.is_none() { None } else { Some(host_bytes(host)?) };
        let service = if port.is_none() {
            None
        } else if let Some(text) = port.cast::<Str>() {
            Some(text.to_string_lossy().into_bytes())
        } else if let Some(bytes) = port.cast::<Bytes>() {
            Some(bytes.data().to_vec())
        } else if let Some(n) = port.as_int() {
            match n.to_i64() {
                Some(n) => Some(n.to_string().into_bytes()),
                None => return Err(raise::overflow_error("Python int too large to convert to C long")),
            }
        } else {
            return Err(kiln_object::raise!(OSError, "Int or String expected"));
        };
        let found = address::look_up(host.as_deref(), service.as_deref(), family, kind, proto, flags)?;
        let entries = found.into_iter().map(|info| {
            Tuple::from_vec(vec![
                Object::int(i64::from(info.family)),
                Object::int(i64::from(info.kind)),
                Object::int(i64::from(info.protocol)),
                info.name.map_or_else(kiln_object::str::empty, |name| fspath::decode(&name)),
                info.address.object(),
            ])
        });
        Ok(List::from_vec(entries.collect()))
    }
    /// Get host and port for a sockaddr.
    pub fn getnameinfo(sockaddr: Value, flags: i32) -> Result<(Object, Object), Raised> {
        let Some(items) = sockaddr.cast::<Tuple>().filter(|t| (2..=4).contains(&t.len())) else {
            return Err(raise::type_error("getnameinfo() argument 1 must be a tuple".into()));
        };
        let host = host_bytes(items.items()[0])?;
        let found = address::look_up(Some(&host), None, libc::AF_UNSPEC, libc::SOCK_DGRAM, 0, libc::AI_NUMERICHOST)?;
        let Some(first) = found.first() else { return Err(gai_error(libc::EAI_NONAME)) };
        if found.len() > 1 {
            return Err(kiln_object::raise!(OSError, "sockaddr resolved to multiple addresses"));
        }
        let mut to = address::parse(first.family, sockaddr, "getnameinfo")?;
        let (mut name, mut service) = ([0 as libc::c_char; 1025], [0 as libc::c_char; 32]);
        let pointer = to.pointer_mut();
        // SAFETY: an address and two buffers of ours.
        let code = unsafe {
            libc::getnameinfo(pointer, to.len, name.as_mut_ptr(), 1025, service.as_mut_ptr(), 32, flags)
        };
        if code != 0 {
            return Err(gai_error(code));
        }
        // SAFETY: terminated within the buffers.
        let text = |s: &[libc::c_char]| fspath::decode(unsafe { CStr::from_ptr(s.as_ptr()) }.to_bytes());
        Ok((text(&name), text(&service)))
    }
    /// Return the current host name.
    pub fn gethostname() -> Result<Object, Raised> {
        let mut room = [0u8; 1024];
        // SAFETY: a buffer of ours, one byte of which stays zero.
        os_error::check(unsafe { libc::gethostname(room.as_mut_ptr().cast(), room.len() - 1) })?;
        let end = room.iter().position(|b| *b == 0).unwrap_or(0);
        Ok(fspath::decode(&room[..end]))
    }
    /// Set the hostname to name.
    pub fn sethostname(name: Value) -> Result<(), Raised> {
        let name = fspath::path(name)?.bytes;
        // SAFETY: bytes with their length.
        os_error::check(unsafe { libc::sethostname(name.as_ptr().cast(), name.len()) }).map(drop)
    }
    fn addresses(host: Value) -> Result<(Vec<Object>, Option<Vec<u8>>), Raised> {
        let host = host_bytes(host)?;
        let flags = libc::AI_CANONNAME;
        let found = address::look_up(Some(&host), None, libc::AF_INET, libc::SOCK_STREAM, 0, flags)?;
        let name = found.first().and_then(|info| info.name.clone());
        let shown = found.iter().filter_map(|info| info.address.object().cast::<Tuple>().and_then(|t| t.get(0)).map(|v| v.to_object()));
        Ok((shown.collect(), name.or(Some(host))))
    }
    /// Return the IP address (a string of the form '255.255.255.255') for a host.
    pub fn gethostbyname(hostname: Value) -> Result<Object, Raised> {
        let (found, _) = addresses(hostname)?;
        found.into_iter().next().ok_or_else(|| gai_error(libc::EAI_NONAME))
    }
    /// Return the true host name, a list of aliases, and a list of IP addresses, for a host.
    pub fn gethostbyname_ex(hostname: Value) -> Result<(Object, Object, Object), Raised> {
        let (found, name) = addresses(hostname)?;
        Ok((fspath::decode(&name.unwrap_or_default()), List::from_vec(Vec::new()), List::from_vec(found)))
    }
    /// Return the true host name, a list of aliases, and a list of IP addresses, for a host.
    pub fn gethostbyaddr(host: Value) -> Result<(Object, Object, Object), Raised> {
        let bytes = host_bytes(host)?;
        let found = address::look_up(Some(&bytes), None, libc::AF_UNSPEC, libc::SOCK_STREAM, 0, 0)?;
        let Some(first) = found.first() else { return Err(gai_error(libc::EAI_NONAME)) };
        let mut name = [0 as libc::c_char; 1025];
        let mut to = first.address;
        let pointer = to.pointer_mut();
        // SAFETY: an address and a buffer of ours.
        let code = unsafe {
            libc::getnameinfo(pointer, to.len, name.as_mut_ptr(), 1025, std::ptr::null_mut(), 0, libc::NI_NAMEREQD)
        };
        if code != 0 {
            return Err(os_like(&H_ERROR, 1, "Unknown host"));
        }
        // SAFETY: terminated within the buffer.
        let name = fspath::decode(unsafe { CStr::from_ptr(name.as_ptr()) }.to_bytes());
        let address = to.object().cast::<Tuple>().and_then(|t| t.get(0)).map(|v| v.to_object());
        Ok((name, List::from_vec(Vec::new()), List::from_vec(address.into_iter().collect())))
    }
    fn c_text(text: &str) -> Result<CString, Raised> {
        CString::new(text).map_err(|_| raise::value_error("embedded null character"))
    }
    /// Return a port number from a service name and protocol name.
    pub fn getservbyname(servicename: String, protocolname: Option<String>) -> Result<i64, Raised> {
        let (name, protocol) = (c_text(&servicename)?, protocolname.as_deref().map(c_text).transpose()?);
        let protocol = protocol.as_ref().map_or(std::ptr::null(), |p| p.as_ptr());
        // SAFETY: terminated strings; the entry is read at once.
        let entry = unsafe { libc::getservbyname(name.as_ptr(), protocol) };
        if entry.is_null() {
            return Err(kiln_object::raise!(OSError, "service/proto not found"));
        }
        // SAFETY: not null.
        Ok(i64::from(u16::from_be(unsafe { (*entry).s_port } as u16)))
    }
    /// Return the service name from a port number and protocol name.
    pub fn getservbyport(port: i64, protocolname: Option<String>) -> Result<Object, Raised> {
        let Ok(port) = u16::try_from(port) else {
            return Err(raise::overflow_error("getservbyport: port must be 0-65535."));
        };
        let protocol = protocolname.as_deref().map(c_text).transpose()?;
        let protocol = protocol.as_ref().map_or(std::ptr::null(), |p| p.as_ptr());
        // SAFETY: a terminated string; the entry is read at once.
        let entry = unsafe { libc::getservbyport(i32::from(port.to_be()), protocol) };
        if entry.is_null() {
            return Err(kiln_object::raise!(OSError, "port/proto not found"));
        }
        // SAFETY: not null.
        Ok(fspath::decode(unsafe { CStr::from_ptr((*entry).s_name) }.to_bytes()))
    }
    /// Return the protocol number for the named protocol.
    pub fn getprotobyname(protocolname: String) -> Result<i32, Raised> {
        let name = c_text(&protocolname)?;
        // SAFETY: a terminated string; the entry is read at once.
        let entry = unsafe { libc::getprotobyname(name.as_ptr()) };
        if entry.is_null() {
            return Err(kiln_object::raise!(OSError, "protocol not found"));
        }
        // SAFETY: not null.
        Ok(unsafe { (*entry).p_proto })
    }
    fn number(v: Value, function: &str, bits: u32) -> Result<u64, Raised> {
        let Some(n) = v.as_int() else {
            return Err(raise::type_error(format!("expected int, {} found", v.class().name())));
        };
        match n.to_i64() {
            Some(n) if n >= 0 && (n as u64) >> bits == 0 => Ok(n as u64),
            Some(n) if n < 0 => {
                Err(raise::overflow_error(&format!("{function}: can't convert negative Python int to C {bits}-bit unsigned integer")))
            }
            _ => Err(raise::overflow_error(&format!("{function}: Python int too large to convert to C {bits}-bit unsigned integer"))),
        }
    }
    /// Convert a 16-bit unsigned integer from host to network byte order.
    pub fn htons(x: Value) -> Result<i64, Raised> {
        Ok(i64::from((number(x, "htons", 16)? as u16).to_be()))
    }
    /// Convert a 16-bit unsigned integer from network to host byte order.
    pub fn ntohs(x: Value) -> Result<i64, Raised> {
        Ok(i64::from(u16::from_be(number(x, "ntohs", 16)? as u16)))
    }
    /// Convert a 32-bit integer from host to network byte order.
    pub fn htonl(x: Value) -> Result<i64, Raised> {
        Ok(i64::from((number(x, "htonl", 32)? as u32).to_be()))
    }
    /// Convert a 32-bit integer from network to host byte order.
    pub fn ntohl(x: Value) -> Result<i64, Raised> {
        Ok(i64::from(u32::from_be(number(x, "ntohl", 32)? as u32)))
    }
    /// Convert an IP address in string format (123.45.67.89) to the 32-bit packed binary format.
    pub fn inet_aton(ip_addr: String) -> Result<Object, Raised> {
        let text = c_text(&ip_addr)?;
        let mut a = libc::in_addr { s_addr: 0 };
        unsafe extern "C" {
            #[link_name = "inet_aton"]
            fn c_inet_aton(text: *const libc::c_char, a: *mut libc::in_addr) -> i32;
        }
        // SAFETY: a terminated string and a struct of ours.
        if unsafe { c_inet_aton(text.as_ptr(), &raw mut a) } == 0 {
            return Err(kiln_object::raise!(OSError, "illegal IP address string passed to inet_aton"));
        }
        Ok(Bytes::new_object(&a.s_addr.to_ne_bytes()))
    }
    /// Convert an IP address from 32-bit packed binary format to string format.
    pub fn inet_ntoa(packed_ip: Buffer) -> Result<String, Raised> {
        match *packed_ip.data() {
            [a, b, c, d] => Ok(Ipv4Addr::new(a, b, c, d).to_string()),
            _ => Err(kiln_object::raise!(OSError, "packed IP wrong length")),
        }
    }
    /// Convert an IP address from string format to a packed string suitable for use with low-level network functions.
    pub fn inet_pton(af: i32, ip: String) -> Result<Object, Raised> {
        let wrong = || kiln_object::raise!(OSError, "illegal IP address string passed to inet_pton");
        match af {
            libc::AF_INET => ip.parse::<Ipv4Addr>().map(|a| Bytes::new_object(&a.octets())).map_err(|_| wrong()),
            libc::AF_INET6 => ip.parse::<Ipv6Addr>().map(|a| Bytes::new_object(&a.octets())).map_err(|_| wrong()),
            _ => Err(os_error::raise_errno(libc::EAFNOSUPPORT)),
        }
    }
    /// Convert a packed IP address of the given family to string format.
    pub fn inet_ntop(af: i32, packed_ip: Buffer) -> Result<String, Raised> {
        let data = packed_ip.data();
        match af {
            libc::AF_INET => inet_ntoa(packed_ip).map_err(|e| {
                raise::clear(e);
                raise::value_error("invalid length of packed IP address string")
            }),
            libc::AF_INET6 => match <[u8; 16]>::try_from(data) {
                Ok(bytes) => Ok(Ipv6Addr::from(bytes).to_string()),
                Err(_) => Err(raise::value_error("invalid length of packed IP address string")),
            },
            _ => Err(kiln_object::raise!(ValueError, "unknown address family {af}")),
        }
    }
    /// Returns the default timeout in seconds (float) for new socket objects.
    pub fn getdefaulttimeout() -> Object {
        object::shown_timeout(DEFAULT_TIMEOUT.get())
    }
    /// Set the default timeout in seconds (float) for new socket objects.
    pub fn setdefaulttimeout(timeout: Value) -> Result<(), Raised> {
        DEFAULT_TIMEOUT.set(object::timeout(timeout)?);
        Ok(())
    }
    fn control_length(length: i64, f: unsafe extern "C" fn(u32) -> u32) -> Result<i64, Raised> {
        match u32::try_from(length) {
            // SAFETY: arithmetic.
            Ok(length) if length < 1 << 31 => Ok(i64::from(unsafe { f(length) })),
            _ => Err(raise::overflow_error("CMSG_LEN() argument out of range")),
        }
    }
    /// Return the total length, without trailing padding, of an ancillary data item.
    pub fn CMSG_LEN(length: i64) -> Result<i64, Raised> {
        unsafe extern "C" fn len(n: u32) -> u32 {
            // SAFETY: arithmetic.
            unsafe { libc::CMSG_LEN(n) }
        }
        control_length(length, len)
    }
    /// Return the buffer size needed to receive an ancillary data item.
    pub fn CMSG_SPACE(length: i64) -> Result<i64, Raised> {
        unsafe extern "C" fn space(n: u32) -> u32 {
            // SAFETY: arithmetic.
            unsafe { libc::CMSG_SPACE(n) }
        }
        control_length(length, space)
    }
    /// Returns the interface index corresponding to the interface name.
    pub fn if_nametoindex(oname: Value) -> Result<u32, Raised> {
        let name = fspath::path(oname)?.c_string()?;
        // SAFETY: a terminated string.
        match unsafe { libc::if_nametoindex(name.as_ptr()) } {
            0 => Err(kiln_object::raise!(OSError, "no interface with this name")),
            n => Ok(n),
        }
    }
    /// Returns the interface name corresponding to the interface index.
    pub fn if_indextoname(index: u32) -> Result<Object, Raised> {
        let mut room = [0 as libc::c_char; libc::IF_NAMESIZE];
        // SAFETY: a buffer of the size that names may have.
        if unsafe { libc::if_indextoname(index, room.as_mut_ptr()) }.is_null() {
            return Err(raise_last());
        }
        // SAFETY: terminated within the buffer.
        Ok(fspath::decode(unsafe { CStr::from_ptr(room.as_ptr()) }.to_bytes()))
    }
    /// Returns a list of network interface information (index, name) tuples.
    pub fn if_nameindex() -> Result<Vec<Object>, Raised> {
        // SAFETY: the library's own list, freed after it was read.
        unsafe {
            let list = libc::if_nameindex();
            if list.is_null() {
                return Err(raise_last());
            }
            let (mut out, mut at) = (Vec::new(), list);
            while (*at).if_index != 0 && !(*at).if_name.is_null() {
                let name = fspath::decode(CStr::from_ptr((*at).if_name).to_bytes());
                out.push(Tuple::from_vec(vec![Object::int(i64::from((*at).if_index)), name]));
                at = at.add(1);
            }
            libc::if_freenameindex(list);
            Ok(out)
        }
    }
}
