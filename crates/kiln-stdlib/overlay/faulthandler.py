"""Tracebacks on request, and the names of fatal signals.

A fatal signal may come in the middle of anything, so what is said of it is its name only; the traceback that CPython
adds is missing.
"""

import os
import signal as _signal
import sys
import _faulthandler

__all__ = ['cancel_dump_traceback_later', 'disable', 'dump_traceback', 'dump_traceback_later', 'enable', 'is_enabled',
           'register', 'unregister']

_MOST = 100
_file = None


def _descriptor(file):
    if file is None:
        file = sys.stderr
        if file is None:
            raise RuntimeError('unable to get sys.stderr')
    if isinstance(file, bool) or not isinstance(file, int):
        fd = file.fileno()
        if not isinstance(fd, int) or fd < 0:
            raise RuntimeError('file.fileno() is not a valid file descriptor')
        try:
            file.flush()
        except Exception:
            pass
        return fd
    if file < 0:
        raise ValueError('file is not a valid file descriptor')
    return file


def _write(fd, frame, title):
    lines = [title]
    while frame is not None and len(lines) <= _MOST:
        code = frame.f_code
        place = ascii(code.co_filename)[1:-1], frame.f_lineno, ascii(code.co_name)[1:-1]
        lines.append('  File "%s", line %s in %s' % place)
        frame = frame.f_back
    if frame is not None:
        lines.append('  ...')
    os.write(fd, '\n'.join([*lines, '']).encode())


def dump_traceback(file=None, all_threads=True):
    """Write the stack of calls, the innermost first."""
    fd = _descriptor(file)
    title = 'Stack (most recent call first):'
    if all_threads:
        import _thread
        title = 'Current thread 0x%016x (most recent call first):' % _thread.get_ident()
    _write(fd, sys._getframe(1), title)


def enable(file=None, all_threads=True, c_stack=True):
    """Have fatal signals named."""
    global _file
    _faulthandler.enable(_descriptor(file))
    # The descriptor stays open as long as the file lives.
    _file = file


def disable():
    """Fatal signals end the process silently again; whether they were named."""
    global _file
    _file = None
    return _faulthandler.disable()


def is_enabled():
    """Whether fatal signals are named."""
    return _faulthandler.is_enabled()


def dump_traceback_later(timeout, repeat=False, file=None, exit=False):
    """Write the stack when some time has gone by."""
    if timeout <= 0:
        raise ValueError('timeout must be greater than 0')
    raise RuntimeError('dump_traceback_later() needs a thread that watches, which Kiln does not have')


def cancel_dump_traceback_later():
    """Nothing is waiting."""


_registered = {}


def register(signum, file=None, all_threads=True, chain=False):
    """Write the stack when a signal arrives."""
    if signum in (_signal.SIGSEGV, _signal.SIGFPE, _signal.SIGABRT, _signal.SIGBUS, _signal.SIGILL):
        raise RuntimeError(f'signal {signum} cannot be registered, use enable() instead')
    fd = _descriptor(file)
    previous = _registered[signum][0] if signum in _registered else _signal.getsignal(signum)

    def handler(number, frame):
        title = 'Stack (most recent call first):'
        if all_threads:
            import _thread
            title = 'Current thread 0x%016x (most recent call first):' % _thread.get_ident()
        _write(fd, frame, title)
        if chain and callable(previous):
            previous(number, frame)

    _signal.signal(signum, handler)
    _registered[signum] = previous, file


def unregister(signum):
    """Take back `register`; whether the signal was registered."""
    if signum not in _registered:
        return False
    previous, _ = _registered.pop(signum)
    _signal.signal(signum, previous if previous is not None else _signal.SIG_DFL)
    return True
