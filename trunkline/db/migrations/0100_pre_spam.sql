-- Who is kept out and who never is: decay, allow list, the company's own list, ranges, people spoken with (trunkline/spam).

alter table spam_numbers add column seen_at timestamptz;
update spam_numbers set seen_at = added_at;
alter table spam_numbers alter column seen_at set default now(), alter column seen_at set not null;
comment on column spam_numbers.votes is 'As they were at seen_at; they count half every 125 days from then on.';

create function spam_faded(weight double precision, at timestamptz, until timestamptz) returns double precision
    language sql immutable parallel safe
    return weight * power(0.5, greatest(extract(epoch from until - at), 0) / (125 * 86400));
comment on function spam_faded is 'What evidence of that weight at that time is worth later: trunkline.spam.reputation.Evidence.faded in SQL.';

create function spam_weight(weight double precision, at timestamptz) returns double precision
    language sql stable parallel safe
    return spam_faded(weight, at, now());

create table spam_legit (
    number text primary key check (number ~ '^\+[0-9]{5,15}$'),
    weight double precision not null,
    at     timestamptz not null
);
comment on table spam_legit is 'Evidence that a number is a person''s, as a sum projected to `at`; it fades like votes, and is taken off them.';

create view spam_weighed as
select s.number, s.source, s.note,
       spam_weight(s.votes, s.seen_at) - coalesce(spam_weight(l.weight, l.at), 0) as weight
from spam_numbers s left join spam_legit l using (number);
comment on view spam_weighed is 'Spam numbers with what they are worth now; under a half they no longer count.';

create table spam_allow (
    number   text primary key check (number ~ '^\+[0-9]{5,15}$'),
    why      text not null check (why in ('hand', 'passed')),
    until    timestamptz,
    note     text not null default '',
    person   text not null default '',
    added_at timestamptz not null default now()
);
create index spam_allow_until on spam_allow (until) where until is not null;
comment on table spam_allow is 'Never kept out: put there by a person, or for 30 days by the right digit.';

create table spam_personal (
    prefix    text not null check (prefix ~ '^\+[0-9]{6,15}$'),
    whole     boolean not null,
    treatment text not null check (treatment in ('challenge', 'voicemail', 'reject')),
    note      text not null default '',
    person    text not null default '',
    added_at  timestamptz not null default now(),
    primary key (prefix, whole)
);
comment on table spam_personal is 'The company''s own list: a number, or with `whole` false all numbers that begin so.';

create table spam_ranges (
    prefix  text not null check (prefix ~ '^\+[0-9]{4,15}$'),
    kind    text not null check (kind in ('ten', 'hundred', 'prefix')),
    votes   integer not null,
    numbers integer not null default 0,
    source  text not null default '',
    seen_at timestamptz not null default now(),
    primary key (prefix, kind)
);
comment on table spam_ranges is 'Blocks of 10 and 100 numbers with much spam, computed anew each night; and prefixes that lists name.';

create table spoken_numbers (
    number  text primary key check (number ~ '^\+[0-9]{5,15}$'),
    last_at timestamptz not null,
    suspect boolean not null default false
);
create index spoken_numbers_suspect on spoken_numbers (number) where suspect;
comment on table spoken_numbers is 'Outside numbers we talked with for 30 seconds or more, either way.';
comment on column spoken_numbers.suspect is 'Some list or range names it: only these are carried to the question.';

create table spam_passed (
    call_id uuid primary key,
    at      timestamptz not null,
    number  text not null
);
create index spam_passed_at on spam_passed (at);
comment on table spam_passed is 'Calls whose caller pressed the right digit.';

create table spam_undone (
    number text primary key,
    at     timestamptz not null default now()
);
create index spam_undone_at on spam_undone (at);
comment on table spam_undone is 'Numbers a person said are no spam, while that stands.';

create function spam_suspects(number text) returns boolean
    language sql stable parallel safe
    return exists (select from spam_numbers s where s.number = spam_suspects.number)
        or exists (select from spam_personal p where p.prefix = spam_suspects.number and p.whole)
        or exists (select from spam_ranges r where r.prefix = left(spam_suspects.number, -1) and r.kind = 'ten')
        or exists (select from spam_ranges r where r.prefix = left(spam_suspects.number, -2) and r.kind = 'hundred')
        or exists (select from generate_series(7, length(spam_suspects.number)) as digits
                   where exists (select from spam_personal p
                                 where p.prefix = left(spam_suspects.number, digits) and not p.whole)
                      or exists (select from spam_ranges r
                                 where r.prefix = left(spam_suspects.number, digits) and r.kind = 'prefix'));
comment on function spam_suspects is 'Whether any list or range names the number, faded or not.';

create function spam_note_suspects() returns trigger language plpgsql as $$
begin
    update spoken_numbers s set suspect = true from changed c where s.number = c.number and not s.suspect;
    return null;
end $$;
create trigger spam_suspects after insert on spam_numbers
    referencing new table as changed for each statement execute function spam_note_suspects();

create trigger directory_head after insert or update or delete or truncate on spam_allow
    execute function directory_note_head();
create trigger directory_head after insert or update or delete or truncate on spam_personal
    execute function directory_note_head();
create trigger directory_head after insert or update or delete or truncate on spam_ranges
    execute function directory_note_head();
create trigger directory_head after insert or update on spoken_numbers
    for each row when (new.suspect) execute function directory_note_head();

create function directory_note_legit() returns trigger language plpgsql as $$
begin
    insert into directory_changes (kind, key) select distinct 'spam', number from changed;
    perform pg_notify('directory', '');
    return null;
end $$;
create trigger directory_insert after insert on spam_legit
    referencing new table as changed for each statement execute function directory_note_legit();
create trigger directory_update after update on spam_legit
    referencing new table as changed for each statement execute function directory_note_legit();

alter table calls drop constraint calls_outcome_check;
alter table calls add constraint calls_outcome_check
    check (outcome in ('ringing', 'answered', 'missed', 'screened', 'merged'));
create index calls_screened on calls (id) where outcome = 'screened';
