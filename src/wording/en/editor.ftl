# The built-in editor's reasons and closing notes.
reason-new = First version.
