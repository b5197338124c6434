-- Where a visitor was, by a database on this machine, and what speaks for the visit that explains a call.

alter table visits
    add column country text not null default '',
    add column region text not null default '',
    add column city text not null default '';
comment on column visits.country is 'ISO 3166-1, by the visitor''s address when it began; the address itself is not kept.';
comment on column visits.region is 'Of Russia its subject''s code (trunkline/numbering/subjects.csv), elsewhere that of ISO 3166-2, e.g. DE-BY.';
comment on column visits.city is 'Its name; only of visitors who agreed to a cookie.';

alter table attributions add column reasons text[] not null default '{}';
comment on column attributions.reasons is 'What speaks for the visit: tap, visit or later; region; phone.';

-- Of what was rolled up before this nobody was placed: all of a day is one row, whichever the model.
insert into report_traffic (day, "by", key, visits, visitors)
select day, 'region', '', visits, visitors from report_traffic where "by" = '' and visits > 0;
insert into report_credits (day, model, "by", key, band, calls, answered, missed, uniques, target, unique_target, leads,
                            deals, revenue)
select day, model, 'region', '', band, calls, answered, missed, uniques, target, unique_target, leads, deals, revenue
from report_credits where "by" = '';
