# A round through Perl's Mail::IMAPClient; one line of JSON says what was seen.
# Arguments: port, user, password, certificate, and a program to run while the client idles.
use strict;
use warnings;
use JSON::PP;
use Mail::IMAPClient;

my ($port, $user, $password, $certificate, $deliver) = @ARGV;
my %seen;

my $imap = Mail::IMAPClient->new(
  Server => 'localhost', Port => $port, User => $user, Password => $password, Uid => 1, Timeout => 20,
  Starttls => [ SSL_ca_file => $certificate, SSL_verify_mode => 1 ],
) or die "no connection: $@\n";
sub ok { my ($what, $value) = @_; defined $value or die "$what: " . $imap->LastError . "\n"; return $value }

$seen{folders} = [ sort $imap->folders ];
$seen{separator} = $imap->separator;
$seen{capability} = [ sort $imap->capability ];

ok 'create', $imap->create('Perl/Sub');
$seen{exists} = ok('exists', $imap->exists('Perl/Sub')) ? 1 : 0;
my $octets = "From: perl\@example.org\r\nSubject: From Perl\r\n\r\nBody with 8-bit: \xe4\r\n";
my $uid = ok 'append', $imap->append_string('Perl/Sub', $octets, '\Flagged', '17-Jul-2023 02:44:25 -0700');
ok 'select', $imap->select('Perl/Sub');
$seen{count} = 0 + ok 'count', $imap->message_count;
$seen{whole} = ok('message', $imap->message_string($uid)) eq $octets ? 1 : 0;
$seen{date} = ok 'date', $imap->internaldate($uid);
$seen{size} = 0 + ok 'size', $imap->size($uid);
$seen{subject} = ok 'subject', $imap->subject($uid);
$seen{header} = ok('headers', $imap->parse_headers($uid, 'From', 'Subject'))->{From}[0];
my $envelope = ok 'envelope', $imap->get_envelope($uid);
$seen{envelope} = $envelope->subject;
$seen{structure} = ok('structure', $imap->get_bodystructure($uid))->bodytype;

ok 'set flag', $imap->set_flag('Custom', $uid);
$seen{flags} = [ sort grep { $_ ne '\Recent' } ok('flags', scalar $imap->flags($uid))->@* ];
$seen{search} = ok('search', scalar $imap->search('HEADER', 'Subject', 'from perl'));
$seen{sort} = ok('sort', scalar $imap->sort('REVERSE DATE', 'UTF-8', 'ALL'));
ok 'copy', $imap->copy('INBOX', $uid);
ok 'move', $imap->move('Trash', $uid);
ok 'expunge', $imap->expunge;
$seen{left} = 0 + ok 'count', $imap->message_count;
ok 'close', $imap->close;
ok 'rename', $imap->rename('Perl/Sub', 'Perl/Renamed');
ok 'delete', $imap->delete('Perl/Renamed');
$seen{inbox} = 0 + ok 'status', $imap->message_count('INBOX');

ok 'select', $imap->select('INBOX');
my $idle = ok 'idle', $imap->idle;
system($deliver) == 0 or die "not delivered\n";
$seen{pushed} = [ grep { /EXISTS/ } $imap->idle_data(20) ];
ok 'done', $imap->done($idle);
ok 'logout', $imap->logout;
print encode_json(\%seen), "\n";
