"""How the full-screen clients look."""

DARK_THEME, LIGHT_THEME = "tokyo-night", "catppuccin-latte"
CSS = """
    #head, #status { height: 1; padding: 0 1; background: $panel; }
    #middle { width: 1fr; }
    #left { width: 15; height: 1fr; padding: 0 0 0 1; border: none; border-right: vkey $panel;
            background: $background; scrollbar-size: 1 1; }
    #right { width: 16; height: 1fr; padding: 0 1; border-left: vkey $panel;
             text-wrap: nowrap; text-overflow: ellipsis; }
    #conversation { overflow-x: hidden; overflow-y: auto; scrollbar-gutter: stable;
                    scrollbar-size: 1 1; scrollbar-color: $panel-lighten-1;
                    scrollbar-background: $background; padding: 0 0 0 1; }
    #hints { height: auto; padding: 0 1; background: $panel; display: none; }
    #hints.-shown { display: block; }
    #field { height: auto; min-height: 1; max-height: 5; padding: 0 1; border: none;
             border-top: solid $panel-lighten-2; background: $background; scrollbar-size: 1 1; }
    #field:focus { border: none; border-top: solid $accent; }
    #silence { height: auto; max-height: 4; padding: 0 1; color: $warning; display: none; }
    #silence.-shown { display: block; }
    Toast { padding: 0 1; width: auto; max-width: 60; }
    ToastRack { dock: top; align: right top; margin: 2 0 0 0; }
    .-wide #left { width: 24; }
    .-wide #right { width: 24; }
    #left.-dialogs { width: 21; text-wrap: nowrap; text-overflow: ellipsis; }
    .-wide #left.-dialogs { width: 32; }
    .-narrow #left.-dialogs { width: 15; }
    .-narrow #right { display: none; }
    .-tiny #left { display: none; }
    .-tiny #right { display: none; }
    """
