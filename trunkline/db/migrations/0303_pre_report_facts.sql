-- What the sums of a day do not hold is kept beside them, row by row and narrow: for readers of some lines or departments, and
-- for the proof of a site, which of a year's calls want only their own.

create table report_facts (
    day            date not null,
    kind           text not null,
    id             uuid not null,
    at             timestamptz not null,
    amount         bigint not null,
    heard_at       timestamptz not null,
    led_by         uuid,
    client         bigint,
    dialled        text not null,
    line_id        uuid,
    departments    uuid[] not null,
    people         uuid[] not null,
    form_site      uuid,
    visit_site     uuid,
    visitor        uuid,
    told_by        text,
    site           text not null,
    channel        text not null,
    source         text not null,
    campaign       text not null,
    term           text not null,
    landing        text not null,
    confidence     real not null,
    back           interval not null,
    outcome        text not null,
    talk_ms        integer not null,
    is_cut         boolean not null,
    lease          text not null,
    target         boolean not null,
    is_unique      boolean not null,
    is_unique_target boolean not null
);
create index report_facts_day on report_facts (day);
create index report_facts_site on report_facts (visit_site, day) where kind = 'call';
create index report_facts_led on report_facts (led_by) where led_by is not null;
comment on table report_facts is 'Calls that came in, and the leads, deals and payments that a call or a form led to, of each day that is rolled up.';
comment on column report_facts.led_by is 'Of a lead, deal or payment: the call or form that led to it; line, departments and people are that call''s.';
comment on column report_facts.client is 'A hash of his number, for calls of the same one; null where it was hidden.';
comment on column report_facts.form_site is 'Of what a form led to: the form''s site, by which it is seen.';
comment on column report_facts.visit_site is 'The site of the visit that explains the call.';
comment on column report_facts.told_by is 'As in attributions; null: nothing explains the call.';
comment on column report_facts.is_cut is 'Of the call not everything was heard.';
comment on column report_facts.lease is 'shared: its number was shared on the screen of its visit; none: nothing explains it, and for a week nobody was shown its number.';

create table report_visits (
    day        date not null,
    site_id    uuid not null,
    id         uuid not null,
    visitor    uuid not null,
    started_at timestamptz not null,
    channel    text not null,
    source     text not null,
    campaign   text not null,
    term       text not null,
    page       text not null,
    device     text not null,
    place      text not null
);
create index report_visits_site on report_visits (site_id, day);
create index report_visits_day on report_visits (day);
comment on table report_visits is 'Visits of each day that is rolled up, those of a site beside each other.';

alter table report_traffic add column has_facts boolean not null default false;
comment on column report_traffic.has_facts is 'Only in the row of the whole day: report_facts and report_visits hold it.';
