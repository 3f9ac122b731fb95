"""
One IMAP session that changes a mailbox at random and checks what the server says meanwhile. It knows each message by its
sequence number only, as RFC 3501 has it: whatever it was told must be enough to know the mailbox.

argv: JSON with port, ca, user, password, seed, seconds, name, mailbox, elsewhere, enable (CONDSTORE or QRESYNC).
Prints `quiet` when its time is over, then answers each line on stdin with the mailbox as it knows it.
"""
import json, random, re, socket, ssl, sys, time

given = json.loads(sys.argv[1])
chance = random.Random(given['seed'])
FLAGS = ['\\Seen', '\\Flagged', '\\Answered', '\\Draft', '$Label1', '$Label2']


class Message:
    def __init__(self):
        self.uid = self.flags = None
        self.modseq = 0


class Session:
    def __init__(self):
        tls = ssl.create_default_context(cafile=given['ca'])
        self.socket = tls.wrap_socket(socket.create_connection(('localhost', given['port']), timeout=60), server_hostname='localhost')
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.bytes = b''
        self.tags = 0
        self.messages = []
        self.highest = 0
        self.log = []
        self.response()
        self.command('LOGIN %s %s' % (given['user'], given['password']))
        self.command('ENABLE ' + given['enable'])
        self.command('SELECT %s' % given['mailbox'])
        self.learn()

    def line(self):
        while b'\r\n' not in self.bytes:
            more = self.socket.recv(65536)
            assert more, 'the server closed the connection'
            self.bytes += more
        line, self.bytes = self.bytes.split(b'\r\n', 1)
        return line

    def response(self):
        """A line with its literals in it."""
        whole = self.line()
        while literal := re.search(rb'\{(\d+)\}$', whole):
            size = int(literal.group(1))
            while len(self.bytes) < size:
                self.bytes += self.socket.recv(65536)
            whole, self.bytes = whole[: literal.start()] + self.bytes[:size], self.bytes[size:]
            whole += self.line()
        text = whole.decode()
        self.log.append('S: ' + text)
        return text

    def send(self, text):
        self.log.append('C: ' + text)
        self.socket.sendall(text.encode() + b'\r\n')

    def command(self, text, during=None):
        """Sends a command, takes what comes until its end, and gives all responses. `during`: what to do at the continuation."""
        self.tags += 1
        tag = 't%d' % self.tags
        self.send('%s %s' % (tag, text))
        # RFC 3501 section 7.4.1 and RFC 7162 section 3.2.10: numbers must not change during these.
        fixed = text.split(' ')[0] in ('FETCH', 'STORE', 'SEARCH')
        said = []
        while True:
            response = self.response()
            if response.startswith('+ '):
                during()
                continue
            said.append(response)
            if response.startswith(tag + ' '):
                status = response.split(' ')[1]
                assert status == 'OK' or (status == 'NO' and '[EXPUNGEISSUED]' in response), response
            elif re.match(r'\* (\d+ EXPUNGE|VANISHED)', response):
                assert not fixed, 'numbers changed during ' + text
            self.take(response)
            if response.startswith(tag + ' '):
                return said

    def take(self, response):
        if code := re.search(r'\[HIGHESTMODSEQ (\d+)\]', response):
            assert int(code.group(1)) >= self.highest, 'HIGHESTMODSEQ went back'
            self.highest = int(code.group(1))
        if exists := re.match(r'\* (\d+) EXISTS', response):
            count = int(exists.group(1))
            assert count >= len(self.messages), 'EXISTS is less than what is known'
            self.messages += [Message() for _ in range(count - len(self.messages))]
        elif expunge := re.match(r'\* (\d+) EXPUNGE', response):
            assert given['enable'] != 'QRESYNC', 'EXPUNGE after ENABLE QRESYNC'
            assert 1 <= int(expunge.group(1)) <= len(self.messages), 'EXPUNGE of no message'
            del self.messages[int(expunge.group(1)) - 1]
        elif vanished := re.match(r'\* VANISHED ([\d:,]+)', response):
            assert given['enable'] == 'QRESYNC', 'VANISHED without ENABLE QRESYNC'
            for part in vanished.group(1).split(','):
                first, _, last = part.partition(':')
                for uid in range(int(first), int(last or first) + 1):
                    self.vanish(uid)
        elif fetch := re.match(r'\* (\d+) FETCH \((.*)\)', response, re.S):
            self.fetched(int(fetch.group(1)), fetch.group(2))

    def vanish(self, uid):
        # One that is not known yet lies between the known ones, in the order of UIDs.
        after = max((n for n, m in enumerate(self.messages) if m.uid is not None and m.uid < uid), default=-1)
        known = [n for n, m in enumerate(self.messages) if m.uid == uid]
        n = known[0] if known else after + 1
        assert n < len(self.messages) and self.messages[n].uid in (uid, None), 'VANISHED of no message: %d' % uid
        del self.messages[n]

    def fetched(self, number, data):
        assert 1 <= number <= len(self.messages), 'FETCH of no message: %d of %d' % (number, len(self.messages))
        message = self.messages[number - 1]
        flags = re.search(r'FLAGS \(([^)]*)\)', data)
        modseq = re.search(r'MODSEQ \((\d+)\)', data)
        uid = re.search(r'UID (\d+)', data)
        if uid:
            uid = int(uid.group(1))
            assert message.uid in (None, uid), 'message %d was %s and is %d' % (number, message.uid, uid)
            message.uid = uid
            for n, other in enumerate(self.messages):
                assert other.uid is None or (other.uid < uid) == (n < number - 1) or n == number - 1, 'UIDs do not rise'
        if flags:
            assert modseq, 'FLAGS without MODSEQ'
            assert uid or given['enable'] != 'QRESYNC', 'FLAGS without UID'
            now = set(flags.group(1).split()) - {'\\Recent'}
            new = int(modseq.group(1))
            changed = message.flags is not None and message.flags != now
            assert new > message.modseq or (new == message.modseq and not changed), 'MODSEQ did not rise: ' + data
            message.flags, message.modseq = now, new

    def learn(self):
        """Asks for what is new, and no more."""
        unknown = [n + 1 for n, m in enumerate(self.messages) if m.flags is None]
        if unknown:
            self.command('FETCH %d:%d (UID FLAGS MODSEQ)' % (unknown[0], unknown[-1]))

    def some(self):
        known = [n for n, m in enumerate(self.messages) if m.uid is not None]
        return sorted(chance.sample(known, min(len(known), chance.choice([1, 1, 2, 5]))))

    def act(self):
        chosen = self.some()
        numbers = ','.join(str(n + 1) for n in chosen)
        uids = ','.join(str(self.messages[n].uid) for n in chosen)
        what = chance.choice(['flags', 'flags', 'flags', 'uid flags', 'append', 'append', 'move', 'expunge', 'read', 'search', 'noop', 'idle'])
        if len(self.messages) < 50:
            what = 'append'
        flags = ' '.join(chance.sample(FLAGS, chance.choice([1, 1, 2])))
        if what == 'append' and len(self.messages) < 150:
            text = 'From: x@example.org\r\nMessage-ID: <%s.%d@example.test>\r\n\r\nhello\r\n' % (given['name'], self.tags)
            self.command('APPEND %s (%s) {%d}' % (given['mailbox'], flags, len(text)), lambda: self.send(text))
        elif what == 'noop':
            self.command('NOOP')
        elif what == 'search':
            found = self.command('SEARCH ALL')
            numbers = next(r for r in found if r.startswith('* SEARCH')).split()[2:]
            assert [n for n in map(int, numbers) if n > len(self.messages)] == [], 'SEARCH found what is not there'
        elif what == 'idle':
            self.command('IDLE', self.idle)
        elif what == 'flags':
            self.command('STORE %s %sFLAGS (%s)' % (numbers, chance.choice(['+', '+', '-', '']), flags))
        elif what == 'uid flags':
            self.command('UID STORE %s %sFLAGS (%s)' % (uids, chance.choice(['+', '-']), flags))
        elif what == 'read':
            self.command('FETCH %s (UID FLAGS MODSEQ BODY.PEEK[HEADER])' % numbers)
        elif what == 'move':
            self.command('%s %s' % (chance.choice(['UID MOVE ' + uids, 'MOVE ' + numbers]), given['elsewhere']))
        elif what == 'expunge':
            self.command('STORE %s +FLAGS (\\Deleted)' % numbers)
            self.command(chance.choice(['EXPUNGE', 'UID EXPUNGE ' + uids]))
        self.learn()

    def idle(self):
        """Listens for a short time: here a message may go at any moment."""
        until = time.monotonic() + 0.3
        while (left := until - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                self.take(self.response())
            except TimeoutError:
                pass
        self.socket.settimeout(60)
        self.send('DONE')

    def known(self):
        self.command('NOOP')
        self.learn()
        ids = {}
        for response in self.command('FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])') if self.messages else []:
            if found := re.search(r'UID (\d+).*<(.*)>', response, re.S):
                ids[int(found.group(1))] = found.group(2)
        return [[m.uid, ids[m.uid], sorted(m.flags)] for m in self.messages]


session = Session()
try:
    until = time.monotonic() + given['seconds']
    while time.monotonic() < until:
        session.act()
        time.sleep(chance.random() * 0.05)
    session.command('EXPUNGE')
    print('quiet', flush=True)
    for _ in sys.stdin:
        print(json.dumps(session.known()), flush=True)
except BaseException:
    print('\n'.join(session.log[-40:]), file=sys.stderr)
    raise
