"""Installing an engine that works and is fast here: probe the processor, choose flags, build.

Standard library only, so that it runs on a plain Python before anything is installed.
"""
