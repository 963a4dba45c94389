"""The wire: frames, codecs and conversations, without a socket or an event loop. ``docs/protocol.md`` is normative."""
