-- What every visit is given is decided once, for all who read (decision 326): a row a conversion and visit, with the shares of
-- each model, from which sums and parts are added up alike.

create table report_shares (
    day            date not null,
    kind           text not null,
    line_id        uuid,
    departments    uuid[],
    people         uuid[],
    form_site      uuid,
    visit_site     uuid,
    band           smallint not null,
    parted         boolean not null,
    shares         integer[] not null,
    parts          bigint[],
    answered       boolean not null,
    missed         boolean not null,
    target         boolean not null,
    is_unique      boolean not null,
    is_unique_target boolean not null,
    hour           text not null,
    dialled        text not null,
    site           text not null,
    channel        text not null,
    source         text not null,
    campaign       text not null,
    term           text not null,
    landing        text not null,
    visit_channel  text,
    visit_source   text,
    visit_campaign text,
    visit_term     text,
    visit_page     text,
    device         text,
    place          text
);
create index report_shares_day on report_shares (day);
comment on table report_shares is 'What each visit is given of calls, leads, deals and payments of each day that is rolled up: a row of its own for a conversion without a visit.';
comment on column report_shares.departments is 'Null: none; as people.';
comment on column report_shares.parted is 'Models differ: two visits or more were before it.';
comment on column report_shares.shares is 'Millionths by each model, in the order of calltracking.models.model.MODELS.';
comment on column report_shares.parts is 'Of a payment, in kopecks, by each model.';
comment on column report_shares.channel is 'By what the conversion is known itself; so it is told to who does not see the visit.';

create table report_site_visits (
    day      date not null,
    site_id  uuid not null,
    visits   integer not null,
    visitors integer not null,
    primary key (day, site_id)
);
comment on table report_site_visits is 'Visits of each day that is rolled up, summed by site, and different visitors of each site.';

alter table report_visits add column hour text not null default '';
alter table report_visits add column firsts integer not null default 0;
comment on column report_visits.firsts is 'Bits: that day''s first of this visitor on this site; and by each kind of row, its first there with the same value.';

alter table report_traffic add column has_shares boolean not null default false;
comment on column report_traffic.has_shares is 'Only in the row of the whole day: report_facts, report_visits and report_shares hold it.';

create index report_facts_untold on report_facts (day)
    where kind = 'call' and visit_site is null and told_by is null and outcome <> 'screened';
