"""The portal: server-rendered pages for the public and the officials' desk; it translates and never decides."""
