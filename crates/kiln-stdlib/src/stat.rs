//! `_stat`: the meaning of file modes.

use kiln_macros::builtin_module;

/// S_IFMT_: file type bits; and the permission bits' characters.
fn type_letter(mode: u32) -> char {
    match mode & libc::S_IFMT {
        libc::S_IFDIR => 'd',
        libc::S_IFREG => '-',
        libc::S_IFLNK => 'l',
        libc::S_IFBLK => 'b',
        libc::S_IFCHR => 'c',
        libc::S_IFIFO => 'p',
        libc::S_IFSOCK => 's',
        _ => '?',
    }
}

/// Constants and functions for interpreting results of os.stat().
#[builtin_module("_stat")]
pub mod module {
    use kiln_object::Raised;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        let items: [(&str, u32); 61] = [
            ("S_IFDIR", 0o040_000),
            ("S_IFCHR", 0o020_000),
            ("S_IFBLK", 0o060_000),
            ("S_IFREG", 0o100_000),
            ("S_IFIFO", 0o010_000),
            ("S_IFLNK", 0o120_000),
            ("S_IFSOCK", 0o140_000),
            ("S_IFDOOR", 0),
            ("S_IFPORT", 0),
            ("S_IFWHT", 0),
            ("S_ISUID", 0o4000),
            ("S_ISGID", 0o2000),
            ("S_ISVTX", 0o1000),
            ("S_ENFMT", 0o2000),
            ("S_IREAD", 0o400),
            ("S_IWRITE", 0o200),
            ("S_IEXEC", 0o100),
            ("S_IRWXU", 0o700),
            ("S_IRUSR", 0o400),
            ("S_IWUSR", 0o200),
            ("S_IXUSR", 0o100),
            ("S_IRWXG", 0o070),
            ("S_IRGRP", 0o040),
            ("S_IWGRP", 0o020),
            ("S_IXGRP", 0o010),
            ("S_IRWXO", 0o007),
            ("S_IROTH", 0o004),
            ("S_IWOTH", 0o002),
            ("S_IXOTH", 0o001),
            ("UF_SETTABLE", 0x0000_ffff),
            ("UF_NODUMP", 1),
            ("UF_IMMUTABLE", 2),
            ("UF_APPEND", 4),
            ("UF_OPAQUE", 8),
            ("UF_NOUNLINK", 16),
            ("UF_COMPRESSED", 32),
            ("UF_TRACKED", 64),
            ("UF_DATAVAULT", 128),
            ("UF_HIDDEN", 0x8000),
            ("SF_SETTABLE", 0x3fff_0000),
            ("SF_ARCHIVED", 0x0001_0000),
            ("SF_IMMUTABLE", 0x0002_0000),
            ("SF_APPEND", 0x0004_0000),
            ("SF_RESTRICTED", 0x0008_0000),
            ("SF_NOUNLINK", 0x0010_0000),
            ("SF_SNAPSHOT", 0x0020_0000),
            ("SF_FIRMLINK", 0x0080_0000),
            ("SF_SUPPORTED", 0x009f_0000),
            ("SF_SYNTHETIC", 0xc000_0000),
            ("SF_DATALESS", 0x4000_0000),
            ("ST_MODE", 0),
            ("ST_INO", 1),
            ("ST_DEV", 2),
            ("ST_NLINK", 3),
            ("ST_UID", 4),
            ("ST_GID", 5),
            ("ST_SIZE", 6),
            ("ST_ATIME", 7),
            ("ST_MTIME", 8),
            ("ST_CTIME", 9),
            ("FILE_ATTRIBUTE_READONLY", 1),
        ];
        crate::support::add_ints(module, &items.map(|(name, n)| (name, i64::from(n))));
        Ok(())
    }

    pub fn S_ISDIR(mode: u32) -> bool {
        mode & libc::S_IFMT == libc::S_IFDIR
    }
    pub fn S_ISCHR(mode: u32) -> bool {
        mode & libc::S_IFMT == libc::S_IFCHR
    }
    pub fn S_ISBLK(mode: u32) -> bool {
        mode & libc::S_IFMT == libc::S_IFBLK
    }
    pub fn S_ISREG(mode: u32) -> bool {
        mode & libc::S_IFMT == libc::S_IFREG
    }
    pub fn S_ISFIFO(mode: u32) -> bool {
        mode & libc::S_IFMT == libc::S_IFIFO
    }
    pub fn S_ISLNK(mode: u32) -> bool {
        mode & libc::S_IFMT == libc::S_IFLNK
    }
    pub fn S_ISSOCK(mode: u32) -> bool {
        mode & libc::S_IFMT == libc::S_IFSOCK
    }
    pub fn S_ISDOOR(_mode: u32) -> bool {
        false
    }
    pub fn S_ISPORT(_mode: u32) -> bool {
        false
    }
    pub fn S_ISWHT(_mode: u32) -> bool {
        false
    }
    /// Return the portion of the file's mode that can be set by os.chmod().
    pub fn S_IMODE(mode: u32) -> u32 {
        mode & 0o7777
    }
    /// Return the portion of the file's mode that describes the file type.
    pub fn S_IFMT(mode: u32) -> u32 {
        mode & libc::S_IFMT
    }
    /// Convert a file's mode to a string of the form '-rwxrwxrwx'.
    pub fn filemode(mode: u32) -> String {
        let mut out = String::from(super::type_letter(mode));
        for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
            let bits = mode >> shift;
            out.push(if bits & 4 != 0 { 'r' } else { '-' });
            out.push(if bits & 2 != 0 { 'w' } else { '-' });
            out.push(match (bits & 1 != 0, mode & special != 0) {
                (true, true) => letter,
                (false, true) => letter.to_ascii_uppercase(),
                (true, false) => 'x',
                (false, false) => '-',
            });
        }
        out
    }
}
