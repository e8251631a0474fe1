"""The paths by which operators log in and look after their own access."""

from __future__ import annotations

from chatd.net.http.route import Route
from chatd.protocol import operators, passkeys, programs, second_factors, sessions

ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/manager/auth",
        command=operators.Login,
        summary="Logs an operator in",
        cookie="begin",
        open=True,
    ),
    Route(
        method="POST",
        path="/manager/logout",
        command=operators.Logout,
        summary="Ends the session",
        cookie="end",
    ),
    Route(
        method="GET",
        path="/manager/me",
        command=operators.WhoAmI,
        summary="The operator of this session",
    ),
    Route(
        method="GET",
        path="/manager/token",
        command=programs.ShowToken,
        summary="What a program's token is good for, which asks with it",
    ),
    Route(
        method="POST",
        path="/manager/password",
        command=second_factors.ChangeOwnPassword,
        summary="A new password of one's own; the other sessions end",
    ),
    Route(
        method="POST",
        path="/manager/factor",
        command=second_factors.BeginFactor,
        summary="Begins a second factor of one's own, as a secret and as a QR code",
    ),
    Route(
        method="POST",
        path="/manager/factor/confirm",
        command=second_factors.ConfirmFactor,
        summary="A first code, from which on one is asked for; recovery codes, told this once",
    ),
    Route(
        method="POST",
        path="/manager/factor/remove",
        command=second_factors.RemoveFactor,
        summary="Takes one's own second factor off",
    ),
    Route(
        method="GET",
        path="/manager/logins",
        command=sessions.ListSessions,
        summary="Where one is logged in",
    ),
    Route(
        method="POST",
        path="/manager/logins/end",
        command=sessions.EndSession,
        summary="Ends one of one's sessions, or all others",
    ),
    Route(
        method="POST",
        path="/manager/passkey",
        command=passkeys.AskPasskey,
        summary="What a passkey has to answer for logging in",
        cookie="ask",
        open=True,
    ),
    Route(
        method="POST",
        path="/manager/passkey/auth",
        command=passkeys.LoginByPasskey,
        summary="Logs an operator in by a passkey",
        cookie="begin",
        open=True,
    ),
    Route(
        method="GET",
        path="/manager/passkeys",
        command=passkeys.ListPasskeys,
        summary="One's own passkeys",
    ),
    Route(
        method="POST",
        path="/manager/passkeys",
        command=passkeys.BeginPasskey,
        summary="Begins a passkey of one's own",
    ),
    Route(
        method="POST",
        path="/manager/passkeys/confirm",
        command=passkeys.ConfirmPasskey,
        summary="What the browser made of it; from now on it logs one in",
    ),
    Route(
        method="POST",
        path="/manager/passkeys/remove",
        command=passkeys.RemovePasskey,
        summary="Takes one of one's passkeys away",
    ),
)
