"""A page for a reader that needs no other file."""

from html import escape

_STYLE = """
body { font: 13px/1.4 "Helvetica Neue", Arial, "Liberation Sans", sans-serif; color: #1a1a1a;
  background: #fff; margin: 2rem; }
h1 { font-size: 1.35rem; } p { max-width: 60rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top;
  border-top: .75px solid #ccc; }
thead th { border-top: 1.5px solid #1a1a1a; border-bottom: .75px solid #1a1a1a; }
.lines { white-space: nowrap; }
.problem { color: #a11; overflow-wrap: anywhere; max-width: 34rem; }
.remark { color: #555; max-width: 34rem; }
.small { display: block; font-size: 11px; color: #555; }
img { display: block; image-rendering: pixelated; }
"""


def document(title: str, body: str) -> str:
    """Return a complete HTML page with ``title`` (text) above ``body`` (markup)."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def picture(png: str, description: str) -> str:
    """Return a PNG (base64) as an image inside the page."""
    return f'<img alt="{escape(description)}" src="data:image/png;base64,{png}">'
