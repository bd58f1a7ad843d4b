# Makes a token and three tickets in the Request Tracker that RT_SITE_CONFIG names, and says them.
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use RT -init;
use RT::AuthToken;
use RT::Ticket;

my $root = RT::User->new(RT->SystemUser);
$root->Load('root');
my ($ok, $why, $token) = RT::AuthToken->new(RT->SystemUser)->Create(Owner => $root->id, Description => 'test');
die $why unless $ok;
my @tickets;
for (1 .. 3) {
    my $ticket = RT::Ticket->new(RT::CurrentUser->new($root));
    my ($id, undef, $said) = $ticket->Create(Queue => 'General', Subject => 'Pods cannot talk', Content => 'Please help.');
    die $said unless $id;
    push @tickets, $id;
}
print qq({"token":"$token","tickets":[@{[join ',', @tickets]}]}\n);
