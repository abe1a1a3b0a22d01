"""ClientProtocol: who answers what, in which order, and when a conversation is broken."""

from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from anyvici import (
    ClientProtocol,
    CommandError,
    Event,
    Framer,
    LocalProtocolError,
    PacketType,
    RemoteProtocolError,
    Reply,
    Request,
    UnknownCommand,
    UnknownEvent,
    encode,
    pack,
    unpack,
)

T = PacketType

# Which answers a request can have; everything else but an event breaks the conversation.
ANSWERS = {
    T.CMD_REQUEST: [T.CMD_RESPONSE, T.CMD_UNKNOWN],
    T.EVENT_REGISTER: [T.EVENT_CONFIRM, T.EVENT_UNKNOWN],
    T.EVENT_UNREGISTER: [T.EVENT_CONFIRM, T.EVENT_UNKNOWN],
}
RIGHT = [(asked, answer) for asked, answers in ANSWERS.items() for answer in answers]
WRONG = [
    (asked, answer)
    for asked in ANSWERS
    for answer in T
    if answer is not T.EVENT and (asked, answer) not in RIGHT
]


def packet(kind: PacketType, name: str = "name", **message: object) -> bytes:
    """Return a packet of the daemon's; the name is used where the type has one."""
    return pack(kind, name, encode(message))


def asked(*requests: Request) -> ClientProtocol[Request]:
    """Return a conversation in which these have been sent."""
    protocol = ClientProtocol[Request]()
    protocol.send(*requests)
    assert protocol.data_to_send() == b"".join(request.packet for request in requests)
    return protocol


def received(protocol: ClientProtocol[Request], octets: bytes) -> list[Reply[Request] | Event]:
    protocol.receive_data(octets)
    return list(protocol.occurrences())


# Requests.


def test_a_request_is_a_packet():
    command = Request.command("initiate", {"child": "net", "timeout": 20000})
    body = encode({"child": "net", "timeout": "20000"})
    assert command.packet == pack(T.CMD_REQUEST, "initiate", body)
    assert Request.command("version").packet == pack(T.CMD_REQUEST, "version")
    assert Request.register("log").packet == pack(T.EVENT_REGISTER, "log")
    assert Request.unregister("log").packet == pack(T.EVENT_UNREGISTER, "log")
    assert (command.type, command.name) == (T.CMD_REQUEST, "initiate")


def test_a_request_shows_what_it_is():
    class Call(Request):
        pass

    assert repr(Request.register("log")) == "<Request EVENT_REGISTER log>"
    assert repr(Call.command("version")) == "<Call CMD_REQUEST version>"


def test_a_request_of_a_subclass_is_of_this_class():
    class Call(Request):
        callback = None

    for request in (Call.command("version"), Call.register("log"), Call.unregister("log")):
        request.callback = print  # which a Request, having slots, does not take
        assert type(request) is Call


def test_what_there_may_be_thousands_of_has_slots():
    request = Request.command("version")
    event, reply = received(asked(request), packet(T.EVENT, "log") + packet(T.CMD_RESPONSE))
    assert not any(hasattr(thing, "__dict__") for thing in (request, event, reply))


@pytest.mark.parametrize("kind", [kind for kind in T if kind not in ANSWERS])
def test_what_only_a_daemon_sends_is_no_request(kind):
    with pytest.raises(LocalProtocolError, match=f"a {kind.name} is not for a client to send"):
        Request(kind, "log")


def test_a_request_that_cannot_be_sent_cannot_be_made():
    with pytest.raises(LocalProtocolError, match="printable ASCII"):
        Request.command("tünnel")
    with pytest.raises(TypeError, match=r"^net\.mode: "):
        Request.command("load-conn", {"net": {"mode": None}})
    message = {str(index): b"x" * 65530 for index in range(8)}  # 524280 octets: it is the name
    with pytest.raises(LocalProtocolError, match="version: a packet of 524289 octets"):
        Request.command("version", message)


def test_what_is_to_be_sent_is_given_once_and_in_order():
    protocol = ClientProtocol[Request]()
    assert not protocol.has_data_to_send
    assert protocol.data_to_send() == b""
    first, second, third = map(Request.command, ("first", "second", "third"))
    protocol.send(first, second)
    protocol.send(third)
    assert protocol.has_data_to_send
    assert protocol.data_to_send() == first.packet + second.packet + third.packet
    assert not protocol.has_data_to_send
    assert protocol.data_to_send() == b""


# Replies.


def test_replies_answer_in_the_order_of_the_requests():
    requests = [
        Request.register("log"),
        Request.command("version"),
        Request.command("stats"),
        Request.unregister("log"),
    ]
    protocol = asked(*requests)
    replies = received(
        protocol,
        packet(T.EVENT_CONFIRM)
        + packet(T.CMD_RESPONSE, version="5.9.8")
        + packet(T.CMD_RESPONSE, workers="16")
        + packet(T.EVENT_CONFIRM),
    )
    assert [reply.request for reply in replies] == requests
    assert [reply.outcome() for reply in replies] == [
        {},
        {"version": "5.9.8"},
        {"workers": "16"},
        {},
    ]


def test_unanswered_are_the_requests_without_their_answers():
    first, second = Request.command("first"), Request.command("second")
    protocol = asked(first, second)
    assert protocol.unanswered == (first, second)
    assert protocol.next_answered is first
    received(protocol, packet(T.CMD_RESPONSE))
    assert protocol.unanswered == (second,)
    assert protocol.next_answered is second
    received(protocol, packet(T.CMD_RESPONSE))
    assert protocol.unanswered == ()
    assert protocol.next_answered is None


@pytest.mark.parametrize(("kind", "answer"), RIGHT)
def test_a_right_answer_is_a_reply(kind, answer):
    request = Request(kind, "name")
    protocol = asked(request)
    [reply] = received(protocol, packet(answer))
    assert isinstance(reply, Reply)
    assert reply.request is request
    assert reply.type is answer
    assert protocol.unanswered == ()


@pytest.mark.parametrize(("kind", "answer"), WRONG)
def test_a_wrong_answer_breaks_the_conversation(kind, answer):
    request = Request(kind, "name")
    protocol = asked(request)
    reason = f"a {answer.name} where <Request {kind.name} name> is to be answered"
    with pytest.raises(RemoteProtocolError, match=reason):
        received(protocol, packet(answer))
    assert protocol.unanswered == (request,)


def test_only_an_event_is_right_at_any_time():
    assert len(RIGHT) + len(WRONG) == len(ANSWERS) * (len(T) - 1)


@pytest.mark.parametrize("answer", [kind for kind in T if kind is not T.EVENT])
def test_an_answer_nobody_asked_for_breaks_the_conversation(answer):
    protocol = asked(Request.command("version"))
    [reply] = received(protocol, packet(T.CMD_RESPONSE))
    assert reply.outcome() == {}
    with pytest.raises(RemoteProtocolError, match=f"a {answer.name} that answers nothing"):
        received(protocol, packet(answer))


# Outcomes.


def answered(request: Request, octets: bytes) -> Reply[Request]:
    [reply] = received(asked(request), octets)
    assert isinstance(reply, Reply)
    return reply


def test_the_outcome_of_a_command_is_its_message():
    message = {"success": "yes", "pools": {"p": {"base": "10.0.0.0"}}, "errmsg": ""}
    reply = answered(Request.command("get-pools"), packet(T.CMD_RESPONSE, **message))
    assert reply.outcome() == message
    assert reply.body == encode(message)


@pytest.mark.parametrize("make", [Request.register, Request.unregister])
def test_the_outcome_of_a_registration_is_empty(make):
    assert answered(make("log"), packet(T.EVENT_CONFIRM)).outcome() == {}


@pytest.mark.parametrize("errmsg", ["CHILD_SA config 'net' not found", ""])
def test_the_outcome_of_a_failure_is_a_command_error(errmsg):
    message = {"success": "no", "errmsg": errmsg, "matches": "0"}
    reply = answered(Request.command("terminate"), packet(T.CMD_RESPONSE, **message))
    with pytest.raises(CommandError) as caught:
        reply.outcome()
    assert (caught.value.command, caught.value.errmsg) == ("terminate", errmsg)
    assert caught.value.reply == message


def test_a_failure_may_come_without_a_reason():
    reply = answered(Request.command("terminate"), packet(T.CMD_RESPONSE, success="no"))
    with pytest.raises(CommandError) as caught:
        reply.outcome()
    assert caught.value.errmsg == ""


def test_the_outcome_of_an_unknown_command_is_an_error():
    with pytest.raises(UnknownCommand) as caught:
        answered(Request.command("no-such-command"), packet(T.CMD_UNKNOWN)).outcome()
    assert caught.value.name == "no-such-command"


@pytest.mark.parametrize("make", [Request.register, Request.unregister])
def test_the_outcome_of_an_unknown_event_is_an_error(make):
    with pytest.raises(UnknownEvent) as caught:
        answered(make("alert"), packet(T.EVENT_UNKNOWN)).outcome()
    assert caught.value.name == "alert"


def test_a_reply_that_does_not_parse_is_an_error_of_its_own_only():
    broken, sound = Request.command("broken"), Request.command("sound")
    replies = received(
        asked(broken, sound), pack(T.CMD_RESPONSE, body=b"\xff") + packet(T.CMD_RESPONSE, k="v")
    )
    assert [reply.request for reply in replies] == [broken, sound]
    with pytest.raises(RemoteProtocolError, match="no element type 255"):
        replies[0].outcome()
    assert replies[1].outcome() == {"k": "v"}


# Events.


def test_an_event_is_no_answer():
    request = Request.command("version")
    protocol = asked(request)
    event, reply = received(protocol, packet(T.EVENT, "log", msg="a line") + packet(T.CMD_RESPONSE))
    assert isinstance(event, Event)
    assert (event.name, event.message, event.body) == (
        "log",
        {"msg": "a line"},
        encode({"msg": "a line"}),
    )
    assert reply.request is request


def test_an_event_may_come_before_its_registration_is_confirmed():
    request = Request.register("log")
    protocol = asked(request)
    [event] = received(protocol, packet(T.EVENT, "log", msg="a line"))
    assert event.message == {"msg": "a line"}
    assert protocol.unanswered == (request,)
    [reply] = received(protocol, packet(T.EVENT_CONFIRM))
    assert reply.request is request


def test_an_event_may_come_when_nothing_is_asked():
    [event] = received(ClientProtocol[Request](), packet(T.EVENT, "ike-updown", up="yes"))
    assert (event.name, event.message) == ("ike-updown", {"up": "yes"})


def test_events_of_any_number_of_names_are_told_by_their_names():
    protocol = ClientProtocol[Request]()
    names = [f"event-{number}" for number in range(200)] + ["tünnel"]
    for _ in range(2):
        for name in names:
            octets = name.encode()
            body = bytes((T.EVENT, len(octets))) + octets
            [event] = received(protocol, len(body).to_bytes(4, "big") + body)
            assert isinstance(event, Event)
            assert (event.name, event.message) == (name, {})


def test_an_event_is_decoded_once_and_only_when_asked_for():
    good, bad = received(
        ClientProtocol[Request](), packet(T.EVENT, "log", msg="x") + pack(T.EVENT, "log", b"\xff")
    )
    assert good.message is good.message
    for _ in range(2):
        with pytest.raises(RemoteProtocolError, match="no element type 255"):
            _ = bad.message


def test_an_event_shows_what_it_is():
    [event] = received(ClientProtocol[Request](), packet(T.EVENT, "log", msg="x"))
    assert repr(event) == "<Event log, 8 octets>"


# The end.


def test_the_stream_may_end_between_packets():
    protocol = asked(Request.command("version"))
    protocol.receive_eof()
    protocol.receive_data(packet(T.CMD_RESPONSE))
    assert len(list(protocol.occurrences())) == 1
    protocol.receive_eof()
    assert protocol.unanswered == ()


def test_the_stream_must_not_end_inside_of_a_packet():
    octets = packet(T.CMD_RESPONSE, version="5.9.8")
    for cut in range(1, len(octets)):
        protocol = asked(Request.command("version"))
        assert received(protocol, octets[:cut]) == []
        with pytest.raises(RemoteProtocolError, match=f"inside of a packet, {cut} octets into it"):
            protocol.receive_eof()


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"\xff\xff\xff\xff", "a packet of 4294967295 octets is announced"),
        (b"\0\0\0\0", "an empty packet"),
        (b"\0\0\0\x01\x08", "no packet type 8"),
        (b"\0\0\0\x02\x07\x05", "the name in a packet of type EVENT is cut off"),
        (packet(T.EVENT_CONFIRM), "a EVENT_CONFIRM where <Request CMD_REQUEST second>"),
    ],
)
def test_a_broken_packet_is_the_end_after_what_came_before_it(octets, reason):
    first, second = Request.command("first"), Request.command("second")
    protocol = asked(first, second)
    before = packet(T.CMD_RESPONSE) + packet(T.EVENT, "log", msg="last")
    protocol.receive_data(before + octets + packet(T.CMD_RESPONSE, never="seen"))
    occurrences = protocol.occurrences()
    assert next(occurrences).request is first
    assert next(occurrences).message == {"msg": "last"}
    with pytest.raises(RemoteProtocolError, match=reason) as caught:
        next(occurrences)

    protocol.receive_data(packet(T.CMD_RESPONSE))
    for _ in range(2):
        with pytest.raises(RemoteProtocolError) as again:
            next(protocol.occurrences())
        assert str(again.value) == str(caught.value)
        assert again.value is not caught.value  # one object raised twice: a corrupt traceback
    assert protocol.unanswered == (second,)


def test_an_iteration_given_up_goes_on_where_it_stopped():
    first, second = Request.command("first"), Request.command("second")
    protocol = asked(first, second)
    protocol.receive_data(packet(T.CMD_RESPONSE, n=1) + packet(T.CMD_RESPONSE, n=2))
    given_up = protocol.occurrences()
    assert next(given_up).request is first
    [reply] = protocol.occurrences()
    assert reply.request is second
    assert reply.outcome() == {"n": "2"}
    assert list(given_up) == []


# Any conversation: the queue against a model of it.

kinds = st.sampled_from(list(ANSWERS))
event_names = st.sampled_from(["log", "list-sa", "ike-updown"])
short = st.dictionaries(st.text("abc", max_size=2), st.text(max_size=5), max_size=3)


class Conversation(RuleBasedStateMachine):
    """A client and a daemon with an unreliable sense of when to read, on a stream of octets."""

    @initialize()
    def connect(self):
        self.protocol = ClientProtocol[Request]()
        self.unanswered: deque[Request] = deque()
        self.sent: deque[Request] = deque()  # not yet read by the daemon
        self.asked: deque[Request] = deque()  # read by the daemon, not yet answered
        self.daemon = Framer()
        self.stream = b""  # from the daemon, whatever has been read of it
        self.delivered = 0  # octets of it
        self.due: deque[tuple[int, tuple]] = deque()  # where in the stream it ends, what it is

    @rule(questions=st.lists(st.tuples(kinds, event_names), min_size=1, max_size=3))
    def client_sends(self, questions):
        requests = [Request(kind, name, {"n": len(self.unanswered)}) for kind, name in questions]
        self.protocol.send(*requests)
        self.unanswered += requests
        self.sent += requests

    @rule()
    def daemon_reads(self):
        self.daemon.feed(self.protocol.data_to_send())
        for octets in self.daemon.packets():
            request = self.sent.popleft()
            assert unpack(octets) == unpack(request.packet[4:])
            self.asked.append(request)
        assert not self.sent

    @precondition(lambda self: self.asked)
    @rule(message=short, known=st.booleans())
    def daemon_answers(self, message, known):
        request = self.asked.popleft()
        kind = ANSWERS[request.type][0 if known else 1]
        body = encode(message) if kind is T.CMD_RESPONSE else b""
        self.write(pack(kind, body=body), (request, kind, body))

    @rule(name=event_names, message=short)
    def daemon_tells(self, name, message):
        body = encode(message)
        self.write(pack(T.EVENT, name, body), (name, body))

    def write(self, octets, occurrence):
        self.stream += octets
        self.due.append((len(self.stream), occurrence))

    @rule(octets=st.integers(1, 40))
    def some_octets_arrive(self, octets):
        self.arrive(octets)

    @rule()
    def everything_arrives(self):
        self.arrive(len(self.stream))

    def arrive(self, octets):
        piece = self.stream[self.delivered : self.delivered + octets]
        self.delivered += len(piece)
        self.protocol.receive_data(piece)
        occurred = []
        for occurrence in self.protocol.occurrences():
            if isinstance(occurrence, Event):
                occurred.append((occurrence.name, occurrence.body))
            else:
                assert occurrence.request is self.unanswered.popleft()
                occurred.append((occurrence.request, occurrence.type, occurrence.body))
        expected = []
        while self.due and self.due[0][0] <= self.delivered:
            expected.append(self.due.popleft()[1])
        assert occurred == expected

    @invariant()
    def the_queue_is_the_model(self):
        assert self.protocol.unanswered == tuple(self.unanswered)
        assert self.protocol.next_answered is (self.unanswered[0] if self.unanswered else None)

    @invariant()
    def an_end_here_is_an_error_only_inside_of_a_packet(self):
        next_end, next_occurrence = self.due[0] if self.due else (self.delivered, None)
        start = next_end if next_occurrence is None else next_end - self.length(next_occurrence)
        if start < self.delivered:
            with pytest.raises(RemoteProtocolError, match="inside of a packet"):
                self.protocol.receive_eof()
        else:
            self.protocol.receive_eof()

    @staticmethod
    def length(occurrence):
        if isinstance(occurrence[0], Request):
            return 4 + 1 + len(occurrence[2])
        return 4 + 2 + len(occurrence[0]) + len(occurrence[1])

    def teardown(self):
        self.everything_arrives()
        assert not self.due
        assert list(self.unanswered) == [*self.asked, *self.sent]


TestConversation = Conversation.TestCase
TestConversation.settings = settings(deadline=None, max_examples=100, stateful_step_count=40)
