//! `os.stat_result` and folder entries.
#![expect(unsafe_code, reason = "system calls that fill structs")]
//!
//! # Safety
//! Structs that the kernel fills are ours; names are terminated.

use crate::support::fspath::{FsPath, PathOrFd, path_or_fd};
use crate::support::os_error;
use crate::support::structseq::{ClassCell, Spec};
use kiln_object::layout::{ObjectType, Plain, Slot, alloc, header};
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, Type, Value, object_struct, raise};
use std::cell::{Cell, RefCell};
use std::ffi::CString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

pub static STAT_RESULT: ClassCell = ClassCell::new(Spec {
    name: "stat_result",
    module: "os",
    doc: "stat_result: Result from stat, fstat, or lstat.",
    fields: &[
        "st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size", "!atime", "!mtime", "!ctime", "st_atime",
        "st_mtime", "st_ctime", "st_atime_ns", "st_mtime_ns", "st_ctime_ns", "st_blksize", "st_blocks", "st_rdev",
    ],
    visible: 10,
    closed: false,
});

pub fn result(s: &libc::stat) -> Object {
    let int = |n: u64| kiln_object::IntoObject::into_object(n);
    let mut items = vec![
        int(u64::from(s.st_mode)),
        int(s.st_ino),
        int(s.st_dev),
        int(s.st_nlink),
        int(u64::from(s.st_uid)),
        int(u64::from(s.st_gid)),
        Object::int(s.st_size),
    ];
    let times = [(s.st_atime, s.st_atime_nsec), (s.st_mtime, s.st_mtime_nsec), (s.st_ctime, s.st_ctime_nsec)];
    items.extend(times.iter().map(|(t, _)| Object::int(*t)));
    items.extend(times.iter().map(|(t, ns)| Object::float(*t as f64 + 1e-9 * *ns as f64)));
    items.extend(times.iter().map(|(t, ns)| {
        kiln_object::IntoObject::into_object(i128::from(*t) * 1_000_000_000 + i128::from(*ns))
    }));
    items.push(Object::int(s.st_blksize));
    items.push(Object::int(s.st_blocks));
    items.push(int(s.st_rdev));
    STAT_RESULT.make(items)
}

/// `stat` of a name, relative to an open folder if one is given.
pub fn stat_at(folder: i32, name: &CString, follow: bool) -> Result<libc::stat, i32> {
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: the struct is ours, the name terminated.
    unsafe {
        let mut s: libc::stat = std::mem::zeroed();
        if libc::fstatat(folder, name.as_ptr(), &raw mut s, flags) < 0 { Err(os_error::errno()) } else { Ok(s) }
    }
}
pub fn stat_fd(fd: i32) -> Result<libc::stat, i32> {
    // SAFETY: the struct is ours.
    unsafe {
        let mut s: libc::stat = std::mem::zeroed();
        if libc::fstat(fd, &raw mut s) < 0 { Err(os_error::errno()) } else { Ok(s) }
    }
}

pub fn stat(path: Value, folder: Option<i32>, follow: bool, function: &str) -> Result<Object, Raised> {
    match path_or_fd(path, function)? {
        PathOrFd::Fd(fd) => {
            if folder.is_some() {
                return Err(kiln_object::raise!(ValueError, "{function}: can't specify dir_fd without matching path"));
            }
            if !follow {
                return Err(kiln_object::raise!(ValueError, "{function}: cannot use fd and follow_symlinks together"));
            }
            stat_fd(fd).map(|s| result(&s)).map_err(os_error::raise_errno)
        }
        PathOrFd::Path(path) => {
            let name = path.c_string()?;
            match stat_at(folder.unwrap_or(libc::AT_FDCWD), &name, follow) {
                Ok(s) => Ok(result(&s)),
                Err(e) => Err(os_error::raise_errno_with(e, Some(path.object), None)),
            }
        }
    }
}

object_struct! {
    /// `os.DirEntry`.
    pub struct DirEntry = "posix.DirEntry", Container {
        name: Slot,
        path: Slot,
        kind: Cell<u8>,
        inode: Cell<u64>,
        bytes: Plain<CString>,
        followed: Slot,
        itself: Slot,
    }
}
object_struct! {
    /// What `os.scandir` gives.
    pub struct ScanDir = "posix.ScandirIterator", Container { entries: Plain<RefCell<std::vec::IntoIter<Object>>> }
}

fn kind_of(t: &std::fs::FileType) -> u8 {
    use std::os::unix::fs::FileTypeExt;
    if t.is_dir() {
        libc::DT_DIR
    } else if t.is_file() {
        libc::DT_REG
    } else if t.is_symlink() {
        libc::DT_LNK
    } else if t.is_fifo() {
        libc::DT_FIFO
    } else if t.is_socket() {
        libc::DT_SOCK
    } else if t.is_char_device() {
        libc::DT_CHR
    } else {
        libc::DT_BLK
    }
}

impl DirEntry {
    fn stat_object(&self, follow: bool) -> Result<Object, Raised> {
        let slot = if follow { &self.followed } else { &self.itself };
        if let Some(known) = slot.get() {
            return Ok(known);
        }
        match stat_at(libc::AT_FDCWD, &self.bytes, follow) {
            Ok(s) => {
                let made = result(&s);
                slot.set(made.clone());
                Ok(made)
            }
            Err(e) => Err(os_error::raise_errno_with(e, self.path.get(), None)),
        }
    }
    fn is_kind(&self, kind: u8, mode: u32, follow: bool) -> Result<bool, Raised> {
        let own = self.kind.get();
        if own != libc::DT_LNK || !follow {
            return Ok(own == kind);
        }
        match stat_at(libc::AT_FDCWD, &self.bytes, true) {
            Ok(s) => Ok(s.st_mode & libc::S_IFMT == mode),
            Err(libc::ENOENT) => Ok(false),
            Err(e) => Err(os_error::raise_errno_with(e, self.path.get(), None)),
        }
    }
}

#[kiln_macros::builtin_methods("DirEntry")]
impl DirEntry {
    #[getter]
    #[name = "name"]
    fn name_getter(this: &DirEntry) -> Option<Object> {
        this.name.get()
    }
    #[getter]
    #[name = "path"]
    fn path_getter(this: &DirEntry) -> Option<Object> {
        this.path.get()
    }
    fn inode(this: &DirEntry) -> u64 {
        this.inode.get()
    }
    fn is_dir(this: &DirEntry, #[kwonly] #[default(true)] follow_symlinks: bool) -> Result<bool, Raised> {
        this.is_kind(libc::DT_DIR, libc::S_IFDIR, follow_symlinks)
    }
    fn is_file(this: &DirEntry, #[kwonly] #[default(true)] follow_symlinks: bool) -> Result<bool, Raised> {
        this.is_kind(libc::DT_REG, libc::S_IFREG, follow_symlinks)
    }
    fn is_symlink(this: &DirEntry) -> bool {
        this.kind.get() == libc::DT_LNK
    }
    fn is_junction(_this: &DirEntry) -> bool {
        false
    }
    fn stat(this: &DirEntry, #[kwonly] #[default(true)] follow_symlinks: bool) -> Result<Object, Raised> {
        this.stat_object(follow_symlinks)
    }
    fn __fspath__(this: &DirEntry) -> Option<Object> {
        this.path.get()
    }
    fn __repr__(this: &DirEntry) -> String {
        format!("<DirEntry {}>", kiln_object::ops::repr_lossy(this.name.value()))
    }
}

#[kiln_macros::builtin_methods("ScandirIterator")]
impl ScanDir {
    fn __iter__(this: Value) -> Object {
        this.to_object()
    }
    fn __next__(this: &ScanDir) -> Result<Object, Raised> {
        let next = this.entries.borrow_mut().next();
        next.ok_or_else(|| raise::stop_iteration(None))
    }
    fn close(this: &ScanDir) {
        let left = std::mem::take(&mut *this.entries.borrow_mut());
        drop(left);
    }
    fn __enter__(this: Value) -> Object {
        this.to_object()
    }
    fn __exit__(this: &ScanDir, _args: kiln_object::args::Rest<'_>) {
        ScanDir::close(this);
    }
}

pub fn classes() -> [&'static Type; 2] {
    if let Some(entry) = DirEntry::class_cell().try_get() {
        return [entry, ScanDir::class()];
    }
    [
        define::<DirEntry>("DirEntry", "posix", None, flags::NO_NEW, DirEntry::METHODS, None),
        define::<ScanDir>("ScandirIterator", "posix", None, flags::NO_NEW, ScanDir::METHODS, None),
    ]
}

/// The folder that a path or descriptor names, as something that can be opened.
fn folder_of(path: &PathOrFd) -> std::path::PathBuf {
    match path {
        PathOrFd::Path(path) => path.os_string().into(),
        PathOrFd::Fd(fd) => format!("/proc/self/fd/{fd}").into(),
    }
}
fn failed(e: &std::io::Error, path: &PathOrFd) -> Raised {
    let shown = match path {
        PathOrFd::Path(path) => path.object.clone(),
        PathOrFd::Fd(fd) => Object::int(i64::from(*fd)),
    };
    os_error::raise_errno_with(e.raw_os_error().unwrap_or(libc::EIO), Some(shown), None)
}
fn argument(path: Option<Value>, function: &str) -> Result<PathOrFd, Raised> {
    match path.filter(|p| !p.is_none()) {
        Some(path) => path_or_fd(path, function),
        None => Ok(PathOrFd::Path(FsPath {
            object: kiln_object::str::Str::new("."),
            bytes: b".".to_vec(),
            is_bytes: false,
        })),
    }
}
fn name_object(path: &PathOrFd, bytes: &[u8]) -> Object {
    match path {
        PathOrFd::Path(path) => path.same_type(bytes),
        PathOrFd::Fd(_) => crate::support::fspath::decode(bytes),
    }
}

pub fn list(path: Option<Value>) -> Result<Vec<Object>, Raised> {
    let path = argument(path, "listdir")?;
    let entries = std::fs::read_dir(folder_of(&path)).map_err(|e| failed(&e, &path))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| failed(&e, &path))?;
        names.push(name_object(&path, entry.file_name().as_bytes()));
    }
    Ok(names)
}

pub fn scan(path: Option<Value>) -> Result<Object, Raised> {
    use std::os::unix::fs::DirEntryExt;
    classes();
    let path = argument(path, "scandir")?;
    let entries = std::fs::read_dir(folder_of(&path)).map_err(|e| failed(&e, &path))?;
    let mut out = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| failed(&e, &path))?;
        let name = entry.file_name();
        let full = match &path {
            PathOrFd::Path(p) => {
                let mut full = p.bytes.clone();
                if !full.ends_with(b"/") && !full.is_empty() {
                    full.push(b'/');
                }
                full.extend_from_slice(name.as_bytes());
                full
            }
            PathOrFd::Fd(_) => name.as_bytes().to_vec(),
        };
        let real = match &path {
            PathOrFd::Path(_) => full.clone(),
            PathOrFd::Fd(_) => entry.path().into_os_string().into_vec(),
        };
        out.push(alloc(DirEntry {
            header: header::<DirEntry>(),
            name: Slot::new(name_object(&path, name.as_bytes())),
            path: Slot::new(name_object(&path, &full)),
            kind: Cell::new(entry.file_type().map_or(libc::DT_UNKNOWN, |t| kind_of(&t))),
            inode: Cell::new(entry.ino()),
            bytes: Plain(CString::new(real).unwrap_or_default()),
            followed: Slot::empty(),
            itself: Slot::empty(),
        }));
    }
    Ok(alloc(ScanDir { header: header::<ScanDir>(), entries: Plain(RefCell::new(out.into_iter())) }))
}
