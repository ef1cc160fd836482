"""Colours in terminal output: there are none, every piece of a theme is empty."""

COLORIZE = False


class _Plain:
    """A theme, or a part of one, all of whose colours are empty texts."""

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        return ''

    def __getitem__(self, name):
        return ''


class _Theme:
    argparse = difflib = syntax = traceback = unittest = _Plain()

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        return _Plain()


ANSIColors = NoColors = _Plain()
_theme = _Theme()
theme_no_color = default_theme = _theme


def can_colorize(*, file=None):
    return False


def get_colors(colorize=False, *, file=None):
    return NoColors


def get_theme(*, tty_file=None, force_color=False, force_no_color=False):
    return _theme


def set_theme(theme):
    pass


def decolor(text):
    return text
