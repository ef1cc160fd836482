//! Socket addresses: what Python writes and what the kernel reads.
#![expect(unsafe_code, reason = "structs of the C library's")]
//!
//! # Safety
//! An address is kept in storage that is large and aligned enough for every family; its family says which struct it is.

use crate::support::fspath;
use kiln_builtins::bytes::buffer::Buffer;
use kiln_object::bytes::Bytes;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value, ops, raise};
use std::ffi::{CStr, CString};
use std::net::{Ipv4Addr, Ipv6Addr};

/// An address with its length.
#[derive(Clone, Copy)]
pub struct Address {
    pub storage: libc::sockaddr_storage,
    pub len: libc::socklen_t,
}

impl Address {
    /// Room for an address that the kernel fills in.
    pub fn room() -> Address {
        // SAFETY: zeroed storage is valid.
        let storage = unsafe { std::mem::zeroed() };
        Address { storage, len: size_of::<libc::sockaddr_storage>() as libc::socklen_t }
    }
    pub fn pointer(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }
    pub fn pointer_mut(&mut self) -> *mut libc::sockaddr {
        (&raw mut self.storage).cast()
    }
    fn of<T>(value: T) -> Address {
        let mut address = Address::room();
        // SAFETY: the storage has room for every kind of address.
        unsafe { (&raw mut address.storage).cast::<T>().write(value) };
        address.len = size_of::<T>() as libc::socklen_t;
        address
    }

    /// The address as Python shows it.
    pub fn object(&self) -> Object {
        if self.len == 0 {
            return Object::none();
        }
        // SAFETY: the family says which struct this is.
        unsafe {
            match i32::from(self.storage.ss_family) {
                libc::AF_INET => {
                    let a = &*(&raw const self.storage).cast::<libc::sockaddr_in>();
                    let host = Ipv4Addr::from(u32::from_be(a.sin_addr.s_addr)).to_string();
                    Tuple::from_vec(vec![Str::new(&host), Object::int(i64::from(u16::from_be(a.sin_port)))])
                }
                libc::AF_INET6 => {
                    let a = &*(&raw const self.storage).cast::<libc::sockaddr_in6>();
                    Tuple::from_vec(vec![
                        Str::new(&host6(a)),
                        Object::int(i64::from(u16::from_be(a.sin6_port))),
                        Object::int(i64::from(u32::from_be(a.sin6_flowinfo))),
                        Object::int(i64::from(a.sin6_scope_id)),
                    ])
                }
                libc::AF_UNIX => {
                    let a = &*(&raw const self.storage).cast::<libc::sockaddr_un>();
                    let len = (self.len as usize).saturating_sub(2).min(a.sun_path.len());
                    let path: Vec<u8> = a.sun_path[..len].iter().map(|c| *c as u8).collect();
                    if path.first() == Some(&0) {
                        // The name of a socket without a file: any bytes.
                        return Bytes::new_object(&path);
                    }
                    let end = path.iter().position(|b| *b == 0).unwrap_or(path.len());
                    fspath::decode(&path[..end])
                }
                family => {
                    let bytes = std::slice::from_raw_parts(self.pointer().cast::<u8>(), self.len as usize);
                    Tuple::from_vec(vec![Object::int(i64::from(family)), Bytes::new_object(&bytes[2.min(bytes.len())..])])
                }
            }
        }
    }
}

fn host6(a: &libc::sockaddr_in6) -> String {
    let mut host = [0 as libc::c_char; 1025];
    // SAFETY: address and buffer with their lengths.
    let code = unsafe {
        libc::getnameinfo(
            std::ptr::from_ref(a).cast(),
            size_of::<libc::sockaddr_in6>() as libc::socklen_t,
            host.as_mut_ptr(),
            host.len() as libc::socklen_t,
            std::ptr::null_mut(),
            0,
            libc::NI_NUMERICHOST,
        )
    };
    if code != 0 {
        return Ipv6Addr::from(a.sin6_addr.s6_addr).to_string();
    }
    // SAFETY: terminated within the buffer.
    unsafe { CStr::from_ptr(host.as_ptr()) }.to_string_lossy().into_owned()
}

/// A host name as bytes: ASCII as it is, anything else in the form for the domain name system.
pub fn host_bytes(v: Value) -> Result<Vec<u8>, Raised> {
    if let Some(text) = v.cast::<Str>() {
        if let Some(ascii) = text.as_ascii() {
            return Ok(ascii.as_bytes().to_vec());
        }
        let encoded = kiln_object::call::call_method_str(v, "encode", &[Str::new("idna").value()])?;
        return Ok(encoded.cast::<Bytes>().map(|b| b.data().to_vec()).unwrap_or_default());
    }
    match Buffer::get(v)? {
        Some(buffer) => Ok(buffer.data().to_vec()),
        None => Err(raise::type_error(format!("str, bytes or bytearray expected, not {}", v.class().name()))),
    }
}

/// The first address that a host name has in a family.
fn resolve(host: &[u8], family: i32) -> Result<Address, Raised> {
    let any_flag = if host.is_empty() { libc::AI_PASSIVE } else { 0 };
    let name = if host.is_empty() { None } else { Some(host) };
    let name = match name {
        Some(b"<broadcast>") => Some(&b"255.255.255.255"[..]),
        name => name,
    };
    let service = if host.is_empty() { Some(&b"0"[..]) } else { None };
    let found = look_up(name, service, family, libc::SOCK_DGRAM, 0, any_flag)?;
    match found.into_iter().next() {
        Some(info) => Ok(info.address),
        None => Err(super::gai_error(libc::EAI_NONAME)),
    }
}

/// One answer of `getaddrinfo`.
pub struct Info {
    pub family: i32,
    pub kind: i32,
    pub protocol: i32,
    pub name: Option<Vec<u8>>,
    pub address: Address,
}

pub fn look_up(
    host: Option<&[u8]>,
    service: Option<&[u8]>,
    family: i32,
    kind: i32,
    protocol: i32,
    flags: i32,
) -> Result<Vec<Info>, Raised> {
    let c_string = |bytes: Option<&[u8]>| {
        bytes.map(CString::new).transpose().map_err(|_| raise::value_error("embedded null character"))
    };
    let (host, service) = (c_string(host)?, c_string(service)?);
    let pointer = |s: &Option<CString>| s.as_ref().map_or(std::ptr::null(), |s| s.as_ptr());
    // SAFETY: a zeroed hint is valid.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    hints.ai_family = family;
    hints.ai_socktype = kind;
    hints.ai_protocol = protocol;
    hints.ai_flags = flags;
    let mut list = std::ptr::null_mut();
    // SAFETY: terminated strings, a hint and a pointer of ours.
    let code = unsafe { libc::getaddrinfo(pointer(&host), pointer(&service), &raw const hints, &raw mut list) };
    if code != 0 {
        return Err(super::gai_error(code));
    }
    let mut out = Vec::new();
    let mut at = list;
    while !at.is_null() {
        // SAFETY: an entry of the list, which is freed after the loop.
        let info = unsafe { &*at };
        let mut address = Address::room();
        address.len = info.ai_addrlen.min(address.len);
        // SAFETY: the lengths are those of the entry and within the storage.
        unsafe {
            std::ptr::copy_nonoverlapping(
                info.ai_addr.cast::<u8>(),
                (&raw mut address.storage).cast::<u8>(),
                address.len as usize,
            );
        }
        // SAFETY: null or a terminated string.
        let name = (!info.ai_canonname.is_null()).then(|| unsafe { CStr::from_ptr(info.ai_canonname) }.to_bytes().to_vec());
        out.push(Info {
            family: info.ai_family,
            kind: info.ai_socktype,
            protocol: info.ai_protocol,
            name,
            address,
        });
        at = info.ai_next;
    }
    // SAFETY: the list that `getaddrinfo` made.
    unsafe { libc::freeaddrinfo(list) };
    Ok(out)
}

fn port(v: Value, function: &str) -> Result<u16, Raised> {
    let n = ops::index(v)?;
    match n.value().as_int().and_then(|n| n.to_i64()).map(u16::try_from) {
        Some(Ok(port)) => Ok(port),
        _ => Err(raise::overflow_error(&format!("{function}(): port must be 0-65535."))),
    }
}

fn host4(host: Value) -> Result<u32, Raised> {
    let host = host_bytes(host)?;
    if let Ok(text) = std::str::from_utf8(&host)
        && let Ok(address) = text.parse::<Ipv4Addr>()
    {
        return Ok(u32::from(address).to_be());
    }
    let address = resolve(&host, libc::AF_INET)?;
    // SAFETY: the family was asked for.
    Ok(unsafe { (*address.pointer().cast::<libc::sockaddr_in>()).sin_addr.s_addr })
}

/// The address that a Python value names in a family.
pub fn parse(family: i32, v: Value, function: &str) -> Result<Address, Raised> {
    match family {
        libc::AF_UNIX => return unix(v),
        libc::AF_INET | libc::AF_INET6 => {}
        _ => {
            return Err(kiln_object::raise!(OSError, "{function}(): unknown address family"));
        }
    }
    let label = if family == libc::AF_INET { "AF_INET" } else { "AF_INET6" };
    let Some(items) = v.cast::<Tuple>() else {
        return Err(raise::type_error(format!(
            "{function}(): {label} address must be tuple, not {}",
            v.class().name()
        )));
    };
    match (family, items.items()) {
        (libc::AF_INET, [host, number]) => {
            let s_addr = host4(*host)?;
            let sin_port = port(*number, function)?.to_be();
            Ok(Address::of(libc::sockaddr_in {
                sin_family: libc::AF_INET as u16,
                sin_port,
                sin_addr: libc::in_addr { s_addr },
                sin_zero: [0; 8],
            }))
        }
        (libc::AF_INET6, [host, number, rest @ ..]) if rest.len() <= 2 => {
            let mut address = resolve(&host_bytes(*host)?, libc::AF_INET6)?;
            let flow = rest.first().map(|v| u32_of(*v)).transpose()?.unwrap_or(0);
            let scope = rest.get(1).map(|v| u32_of(*v)).transpose()?;
            let number = port(*number, function)?.to_be();
            if flow > 0xf_ffff {
                return Err(raise::overflow_error(&format!("{function}(): flowinfo must be 0-1048575.")));
            }
            // SAFETY: the family was asked for.
            let a = unsafe { &mut *address.pointer_mut().cast::<libc::sockaddr_in6>() };
            (a.sin6_port, a.sin6_flowinfo) = (number, flow.to_be());
            if let Some(scope) = scope {
                a.sin6_scope_id = scope;
            }
            Ok(address)
        }
        (libc::AF_INET, _) => Err(raise::type_error("AF_INET address must be a pair (host, port)".into())),
        _ => Err(raise::type_error("AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])".into())),
    }
}

fn u32_of(v: Value) -> Result<u32, Raised> {
    let n = ops::index(v)?;
    n.value()
        .as_int()
        .and_then(|n| n.to_i64())
        .and_then(|n| u32::try_from(n).ok())
        .ok_or_else(|| raise::overflow_error("Python int too large to convert to C unsigned int"))
}

fn unix(v: Value) -> Result<Address, Raised> {
    let path = match v.cast::<Str>() {
        Some(text) => fspath::encode(text)?,
        None => match Buffer::get(v)? {
            Some(buffer) => buffer.data().to_vec(),
            None => {
                return Err(raise::type_error(format!("a bytes-like object is required, not '{}'", v.class().name())));
            }
        },
    };
    // SAFETY: a zeroed struct is valid.
    let mut a: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    a.sun_family = libc::AF_UNIX as u16;
    let is_abstract = path.first() == Some(&0);
    let most = if is_abstract { a.sun_path.len() } else { a.sun_path.len() - 1 };
    if path.len() > most {
        return Err(kiln_object::raise!(OSError, "AF_UNIX path too long"));
    }
    for (place, byte) in a.sun_path.iter_mut().zip(&path) {
        *place = *byte as libc::c_char;
    }
    let mut address = Address::of(a);
    address.len = (2 + path.len() + usize::from(!is_abstract && !path.is_empty())) as libc::socklen_t;
    Ok(address)
}
