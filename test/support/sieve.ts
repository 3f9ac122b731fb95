/** Scripts out of the RFCs, or after their pattern, for the extensions that there are. */
export const SCRIPTS: readonly { readonly from: string; readonly script: string }[] = [
  {
    from: 'RFC 5228 section 3.1',
    script: `
require "fileinto";
if header :contains "from" "coyote" {
  discard;
} elsif header :contains ["subject"] ["$$$"] {
  discard;
} else {
  fileinto "INBOX";
}`,
  },
  {
    from: 'RFC 5228 section 2.7.1',
    script: 'if header :contains :comparator "i;octet" "Subject" "MAKE MONEY FAST" { discard; }',
  },
  {
    from: 'RFC 5228 section 4.2',
    script: 'redirect "bart@example.com"; if size :under 1M { keep; } else { discard; }',
  },
  { from: 'RFC 5228 section 5.1', script: 'if address :is :all "from" "tim@example.com" { discard; }' },
  {
    from: 'RFC 5228 section 5.4',
    script: 'require "envelope"; if envelope :all :is "from" "tim@example.com" { discard; }',
  },
  {
    from: 'RFC 5228 section 5.5',
    script: 'if not exists ["From","Date"] { discard; } if anyof (false, allof (true)) { stop; }',
  },
  {
    from: 'RFC 5228 section 5.7',
    script: 'if header :is ["Subject"] [""] { if address :localpart :matches ["to", "cc"] "a?*" { keep; } }',
  },
  {
    from: 'RFC 5228 section 9',
    script: `#
# Example Sieve Filter
# Declare any optional features or extension used by the script
#
require ["fileinto"];

#
# Handle messages from known mailing lists
# Move messages from IETF filter discussion list to filter mailbox
#
if header :is "Sender" "owner-ietf-mta-filters@imc.org"
        {
        fileinto "filter";  # move to "filter" mailbox
        }
#
# Keep all messages to or from people in my company
#
elsif address :DOMAIN :is ["From", "To"] "example.com"
        {
        keep;               # keep in "In" mailbox
        }

#
# Try and catch unsolicited email.  If a message is not to me,
# or it contains a subject known to be spam, file it away.
#
elsif anyof (NOT address :all :contains
               ["To", "Cc", "Bcc"] "me@example.com",
             header :matches "subject"
               ["*make*money*fast*", "*university*dipl*mas*"])
        {
        fileinto "spam";   # move to "spam" mailbox
        }
else
        {
        # Move all other (non-company) mail to "personal"
        # mailbox.
        fileinto "personal";
        }
`,
  },
  {
    from: 'RFC 5228 section 2.4.2.4, and comparators by name',
    script: `
require ["encoded-character", "comparator-i;octet", "comparator-i;ascii-casemap"];
if header :contains "Subject" "$\${hex:24 24}" { discard; }`,
  },
  {
    from: 'RFC 3894',
    script: 'require ["copy", "fileinto"]; fileinto :copy "incoming"; redirect :copy "me@example.com";',
  },
  {
    from: 'RFC 5173 section 5',
    script: `
require ["body", "fileinto"];
if body :raw :contains "MAKE MONEY FAST" { discard; }
if body :content "text" :contains ["missile", "coordinates"] { fileinto "secrets"; }
if body :text :contains "project schedule" { fileinto "project/schedule"; }`,
  },
  {
    from: 'RFC 5229 sections 3.2, 4.1 and 5',
    script: `
require ["fileinto", "variables", "relational"];
if header :matches "List-ID" "*<*@*" { fileinto "INBOX.lists.\${2}"; stop; }
if header :matches "Subject" "[acme-users] [fwd] *" { set "subj" "\${1}"; }
set "a" "juMBlEd lETteRS";
set :length "b" "\${a}";
set :lower "b" "\${a}";
set :upperfirst :lower "b" "\${a}";
set :upper :lowerfirst "b" "\${a}";
set :quotewildcard "b" "Rock*";
if string :matches "\${subj}" "test*" { keep; }
if anyof (address :is "from" "\${a}", string :value "gt" "\${a}" "b") { stop; }`,
  },
  {
    from: 'RFC 5230 section 4',
    script: `
require ["vacation", "fileinto", "relational", "variables", "envelope"];
if header :contains "subject" "lunch" {
  vacation :handle "ran-away" "I'm out and can't meet for lunch";
} else {
  vacation :handle "ran-away" "I'm out";
}
vacation :mime text:
Content-Type: multipart/alternative; boundary=foo

--foo

I'm at the beach relaxing.  Mmmm, surf...

--foo--
.
;
vacation :days 23 :addresses ["tjs@example.edu", "ts4z@landru.example.edu"] "I'm away until October 19.";
vacation :days 7 :subject "Automatic response to: \${1}" :from "me@example.com" "I'm away -- send mail to foo in my absence";`,
  },
  {
    from: 'RFC 6131 section 2',
    script: 'require "vacation-seconds"; vacation :addresses ["a@example.com"] :seconds 1800 "I am in a meeting.";',
  },
  {
    from: 'RFC 5231 section 7',
    script: `
require ["relational", "comparator-i;ascii-numeric", "fileinto"];
if header :value "lt" :comparator "i;ascii-numeric" ["x-priority"] ["3"] { fileinto "Priority"; }
elsif address :count "gt" :comparator "i;ascii-numeric" ["to"] ["5"] { fileinto "SPAM"; }
elsif address :value "gt" :all :comparator "i;ascii-casemap" ["from"] ["M"] { fileinto "From N-Z"; }
else { fileinto "From A-M"; }
if allof ( address :count "eq" :comparator "i;ascii-numeric" ["to", "cc"] ["1"],
           address :all :comparator "i;ascii-casemap" ["to", "cc"] ["me@foo.example.com"] ) { fileinto "Only me"; }`,
  },
  {
    from: 'RFC 5232 sections 3 to 5',
    script: `
require ["fileinto", "imap4flags", "relational", "variables"];
if size :over 500K { setflag "\\\\Deleted"; }
if header :contains "From" "boss@frobnitzm.example.edu" { setflag "flagvar" "\\\\Flagged"; fileinto :flags "\${flagvar}" "INBOX.From Boss"; }
addflag "flagvar" ["\\\\Deleted", "\\\\Answered"];
removeflag "\\\\Deleted";
if hasflag :contains "MyVar" "Junk" { discard; stop; }
if hasflag :count "ge" "MyFlag" "2" { keep :flags ["\\\\Seen"]; }
if hasflag ["b", "\\\\Seen"] { stop; }`,
  },
  {
    from: 'RFC 5233 section 4',
    script: `
require ["envelope", "subaddress", "fileinto"];
if envelope :user "to" "postmaster" { fileinto "inbox.postmaster"; stop; }
if envelope :detail :is "to" "mta-filters" { fileinto "inbox.ietf-mta-filters"; }
if address :detail :matches "to" "*" { stop; }`,
  },
  {
    from: 'RFC 5260',
    script: `
require ["date", "relational", "fileinto", "variables", "index"];
if allof (header :is "from" "boss@example.com",
          date :value "ge" :originalzone "date" "hour" "09",
          date :value "lt" :originalzone "date" "hour" "17") { fileinto "urgent"; }
if anyof (currentdate :is "weekday" "0", currentdate :zone "+0100" :value "lt" "hour" "09") { stop; }
if date :zone "-0500" :index 1 :last "received" "iso8601" "x" { set "y" "z"; }
if header :index 1 :last :contains "received" "x" { keep; }
if address :index 2 "to" "x" { keep; }`,
  },
  {
    from: 'RFC 5429',
    script:
      'require ["reject", "ereject"]; if size :over 100K { reject "Your message is too big."; } else { ereject text:\nno\n.\n; }',
  },
  {
    from: 'RFC 5463 section 5',
    script: `
require ["ihave"];
if ihave "vnd.example.frob" { frob "x"; }
if not ihave ["fileinto", "copy"] { error "no fileinto here"; }
fileinto :copy "x";`,
  },
  {
    from: 'RFC 5183',
    script:
      'require ["environment", "relational"]; if environment :contains "item" ["x"] { keep; } if environment :matches "remote-host" "*.example.com" { discard; }',
  },
  {
    from: 'RFC 5490 section 3',
    script: `
require ["fileinto", "reject", "mailbox"];
if mailboxexists ["Partners", "Archive"] { fileinto "Partners"; } else { reject "This message was not accepted by the Mailstore"; }
fileinto :create "Partners";`,
  },
  {
    from: 'RFC 9042 sections 3 and 4',
    script: `
require ["fileinto", "mailboxid"];
if header :contains ["from"] "coyote" { fileinto :mailboxid "F6352ae03-b7f5-463c-896f-d8b48ee3" "INBOX.harassment"; }
if mailboxidexists ["F6352ae03"] { keep; }`,
  },
  {
    from: 'RFC 8579',
    script: `
require ["fileinto", "special-use", "mailbox"];
if specialuse_exists "\\\\Junk" { fileinto :specialuse "\\\\Junk" :create "Spam"; }
if specialuse_exists "INBOX/Spam" ["\\\\Junk"] { keep; }`,
  },
  {
    from: 'RFC 7352 section 6',
    script: `
require ["duplicate", "fileinto", "mailbox", "variables"];
if duplicate { fileinto "Trash/Duplicate"; }
if duplicate :header "X-Event-ID" :handle "notifier" { discard; }
if duplicate :seconds 1800 :last :uniqueid "\${1}" { discard; }`,
  },
];
