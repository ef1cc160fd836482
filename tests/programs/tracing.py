"""sys.settrace and sys.setprofile."""
import sys
def trace_me():
    a = 1
    b = a + 1
    return b
events = []
def tracer(frame, event, arg):
    if frame.f_code.co_name == "trace_me": events.append((event, frame.f_lineno - frame.f_code.co_firstlineno)); return tracer
sys.settrace(tracer); trace_me(); sys.settrace(None)
print(events)
prof = []
sys.setprofile(lambda fr, ev, arg: prof.append((ev, fr.f_code.co_name)) if ev in ("call", "return") and fr.f_code.co_name == "trace_me" else None); trace_me(); sys.setprofile(None); print(prof)
