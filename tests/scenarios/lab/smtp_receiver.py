"""An SMTP server for scenarios: keeps every mail with its envelope as files, on a free port of loopback.

Prints "port N" when it listens. Each mail becomes NNN.eml and NNN.json in the given folder, in the order of arrival.
"""
import argparse
import asyncio
import base64
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
parser.add_argument("--certificate")
parser.add_argument("--key")
parser.add_argument("--user")
parser.add_argument("--password")
parser.add_argument("--tokens", help="a file with the one token that is good; XOAUTH2 and OAUTHBEARER only")
parser.add_argument("--port", type=int, default=0)
arguments = parser.parse_args()


class Keep:
    """Each recipient's behaviour follows from the local part of the address, so that one server plays all."""

    def __init__(self):
        self.count = 0
        self.seen = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        local = address.split("@")[0]
        if local.startswith("refused"):
            return "550 5.1.1 no such reader"
        if local.startswith("full"):
            return "452 4.2.2 mailbox full"
        if local.startswith("grey") and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        local = envelope.rcpt_tos[0].split("@")[0]
        if local.startswith("stalls"):
            await asyncio.sleep(3600)
        self.count += 1
        stem = os.path.join(arguments.folder, f"{self.count:03}")
        with open(stem + ".json", "w") as file:
            json.dump({"from": envelope.mail_from, "to": envelope.rcpt_tos}, file)
        with open(stem + ".part", "wb") as file:
            file.write(envelope.original_content)
            file.flush()
            os.fsync(file.fileno())
        os.rename(stem + ".part", stem + ".eml")
        if local.startswith("cut") and address_once(self, local):
            # It has the mail, and nobody will know: the connection ends before the 250.
            server.transport.abort()
            return "250 never sent"
        return f"250 2.0.0 kept as {self.count}"


def address_once(keep, local):
    if local in keep.seen:
        return False
    keep.seen.add(local)
    return True


def authenticate(server, session, envelope, mechanism, data):
    good = (
        data.login.decode() == arguments.user and data.password.decode() == arguments.password
    )
    return AuthResult(success=good, handled=False)


class WithTokens(SMTP):
    """Takes tokens as the large providers do: one that is refused is told of in a challenge, then by a 535."""

    async def told(self, mechanism, text, args):
        with open(arguments.tokens) as file:
            good = file.read().strip()
        if text == good_answer(mechanism, good):
            return AuthResult(success=True, auth_data=arguments.user)
        with open(arguments.tokens + ".seen", "a") as file:
            file.write(mechanism + "\n")
        await self.challenge_auth(b'{"status":"401"}')
        return AuthResult(success=False, handled=False, message="535 5.7.8 the token is not good")

    async def auth_XOAUTH2(self, _, args):
        return await self.told("XOAUTH2", base64.b64decode(args[1]).decode(), args)

    async def auth_OAUTHBEARER(self, _, args):
        return await self.told("OAUTHBEARER", base64.b64decode(args[1]).decode(), args)


def good_answer(mechanism, token):
    if mechanism == "XOAUTH2":
        return f"user={arguments.user}\x01auth=Bearer {token}\x01\x01"
    return f"n,a={arguments.user},\x01auth=Bearer {token}\x01\x01"


context = None
if arguments.tls != "none":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(arguments.certificate, arguments.key)
handler = Keep()


def session():
    options = {"hostname": "receiver.lab", "enable_SMTPUTF8": False}
    if arguments.tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if arguments.user:
        options |= {
            "authenticator": authenticate,
            "auth_required": True,
            "auth_require_tls": arguments.tls == "starttls",
        }
    if arguments.tokens:
        return WithTokens(handler, auth_exclude_mechanism=["LOGIN", "PLAIN"], **options)
    return SMTP(handler, **options)


async def main():
    loop = asyncio.get_running_loop()
    implicit = context if arguments.tls == "implicit" else None
    server = await loop.create_server(session, "127.0.0.1", arguments.port, ssl=implicit)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    # Ends with whoever started it, also where that was killed.
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
