-- Where a visit came from, and which visit or number explains a call.

alter table visits
    add column channel text not null default '',
    add column source text not null default '',
    add column medium text not null default '',
    add column campaign text not null default '',
    add column term text not null default '',
    add column content text not null default '';
comment on column visits.channel is 'Read from landing and referrer when the visit is stored; empty before that was known.';

create table attributions (
    call_id    uuid primary key,
    number     text not null,
    client     text not null,
    told_by    text not null check (told_by in ('visit', 'number')),
    visit_id   uuid,
    visitor    uuid,
    site       text not null default '',
    channel    text not null default '',
    source     text not null default '',
    medium     text not null default '',
    campaign   text not null default '',
    term       text not null default '',
    landing    text not null default '',
    confidence real not null check (confidence between 0 and 1),
    others     jsonb not null default '[]',
    check ((told_by = 'visit') = (visit_id is not null and visitor is not null))
) partition by range (call_id);
create index attributions_visitor on attributions (visitor, client) where visitor is not null;
create index attributions_visit on attributions (visit_id) where visit_id is not null;
comment on table attributions is 'Which visit or static number explains a call; none for a call that nothing explains.';
comment on column attributions.others is 'The other visits that may have led to it: visit_id, channel, source, campaign, confidence; the likeliest first.';
