"""Who may pass which door or barrier, when, and with what: pure functions of (state, request, now)."""
