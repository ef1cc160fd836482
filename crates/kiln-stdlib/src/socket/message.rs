//! `sendmsg` and `recvmsg`: data in several buffers, with ancillary data such as open files.
#![expect(unsafe_code, reason = "message headers point at buffers")]
//!
//! # Safety
//! Every pointer in a header is to a buffer of ours that outlives the call, with its own length; control messages are walked
//! with the C library's macros, within the length that the kernel set.

use super::address::{self, Address};
use super::object::Socket;
use kiln_builtins::bytes::buffer::Buffer;
use kiln_object::bytes::Bytes;
use kiln_object::list::List;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value, ops, raise};

fn number(v: &Object) -> Result<i32, Raised> {
    Ok(ops::index(v.value())?.value().as_small_int().unwrap_or(0) as i32)
}

pub fn send(
    this: &Socket,
    buffers: Value,
    ancillary: Option<Value>,
    flags: i32,
    to: Option<Value>,
) -> Result<i64, Raised> {
    let buffers: Vec<Buffer> = ops::to_vec(buffers)?.iter().map(|b| Buffer::require(b.value())).collect::<Result<_, _>>()?;
    let mut pieces: Vec<libc::iovec> = buffers
        .iter()
        .map(|b| libc::iovec { iov_base: b.data().as_ptr().cast_mut().cast(), iov_len: b.len() })
        .collect();
    let mut control: Vec<(i32, i32, Vec<u8>)> = Vec::new();
    if let Some(ancillary) = ancillary.filter(|v| !v.is_none()) {
        for item in ops::to_vec(ancillary)? {
            let parts = ops::to_vec(item.value())?;
            let [level, kind, data] = parts.as_slice() else {
                return Err(raise::type_error("[sendmsg() ancillary data items] must be sequences of length 3".into()));
            };
            control.push((number(level)?, number(kind)?, Buffer::require(data.value())?.data().to_vec()));
        }
    }
    // SAFETY: arithmetic on lengths.
    let room = |len: usize| unsafe { libc::CMSG_SPACE(len as u32) } as usize;
    // Words, so that headers are aligned.
    let total: usize = control.iter().map(|(_, _, data)| room(data.len())).sum();
    let mut space = vec![0u64; total.div_ceil(8)];
    let to = match to.filter(|v| !v.is_none()) {
        Some(to) => Some(address::parse(this.family_number(), to, "sendmsg")?),
        None => None,
    };
    // SAFETY: a zeroed header is valid.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = pieces.as_mut_ptr();
    header.msg_iovlen = pieces.len() as _;
    if let Some(to) = &to {
        header.msg_name = to.pointer().cast_mut().cast();
        header.msg_namelen = to.len;
    }
    if total > 0 {
        header.msg_control = space.as_mut_ptr().cast();
        header.msg_controllen = total as _;
        // SAFETY: the space has room for all the messages, in order.
        unsafe {
            let mut at = libc::CMSG_FIRSTHDR(&raw const header);
            for (level, kind, data) in &control {
                (*at).cmsg_level = *level;
                (*at).cmsg_type = *kind;
                (*at).cmsg_len = libc::CMSG_LEN(data.len() as u32) as _;
                std::ptr::copy_nonoverlapping(data.as_ptr(), libc::CMSG_DATA(at), data.len());
                at = libc::CMSG_NXTHDR(&raw const header, at);
            }
        }
    }
    // SAFETY: per the chapter above.
    this.message(libc::POLLOUT, |fd| unsafe { libc::sendmsg(fd, &raw const header, flags) as i64 })
}

pub fn receive(this: &Socket, size: usize, control_size: isize, flags: i32) -> Result<Object, Raised> {
    let Ok(control_size) = usize::try_from(control_size) else {
        return Err(raise::value_error("invalid ancillary data buffer length"));
    };
    let mut data = vec![0u8; size];
    let mut space = vec![0u64; control_size.div_ceil(8)];
    let mut from = Address::room();
    let mut piece = libc::iovec { iov_base: data.as_mut_ptr().cast(), iov_len: data.len() };
    // SAFETY: a zeroed header is valid.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = &raw mut piece;
    header.msg_iovlen = 1;
    let most = from.len;
    let n = this.message(libc::POLLIN, |fd| {
        header.msg_name = from.pointer_mut().cast();
        header.msg_namelen = most;
        header.msg_control = if control_size > 0 { space.as_mut_ptr().cast() } else { std::ptr::null_mut() };
        header.msg_controllen = control_size as _;
        // SAFETY: per the chapter above.
        unsafe { libc::recvmsg(fd, &raw mut header, flags) as i64 }
    })?;
    from.len = header.msg_namelen;
    let mut control = Vec::new();
    // SAFETY: the kernel filled the space up to the length in the header.
    unsafe {
        let mut at = libc::CMSG_FIRSTHDR(&raw const header);
        while !at.is_null() {
            let start = libc::CMSG_DATA(at);
            let end = header.msg_control as usize + header.msg_controllen as usize;
            let len = ((*at).cmsg_len as usize).saturating_sub(start as usize - at as usize);
            let len = len.min(end.saturating_sub(start as usize));
            let bytes = std::slice::from_raw_parts(start, len);
            control.push(Tuple::from_vec(vec![
                Object::int(i64::from((*at).cmsg_level)),
                Object::int(i64::from((*at).cmsg_type)),
                Bytes::new_object(bytes),
            ]));
            at = libc::CMSG_NXTHDR(&raw const header, at);
        }
    }
    Ok(Tuple::from_vec(vec![
        Bytes::new_object(&data[..n as usize]),
        List::from_vec(control),
        Object::int(i64::from(header.msg_flags)),
        from.object(),
    ]))
}
