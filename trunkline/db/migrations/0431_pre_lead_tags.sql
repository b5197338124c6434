-- Tags and categories of touches and their leads, by rules that people write.

create table lead_tag_rules (
    id         uuid primary key,
    place      integer not null,
    name       text not null unique check (length(name) between 1 and 100),
    active     boolean not null default true,
    kinds      text[] not null default '{}',
    places     text[] not null default '{}',
    directions text[] not null default '{}',
    words      text[] not null default '{}',
    channels   text[] not null default '{}',
    campaigns  text[] not null default '{}',
    classes    text[] not null default '{}',
    hours      text not null default '' check (hours in ('', 'in', 'out')),
    tags       text[] not null default '{}',
    category   text not null default '' check (length(category) <= 60),
    check (cardinality(tags) > 0 or category <> '')
);
comment on table lead_tag_rules is 'Which touches get which tags and category; in the order of place, and an empty condition asks for nothing.';
comment on column lead_tag_rules.places is 'Names of lines, sites and mailboxes, and numbers of lines, in small letters as all words here.';
comment on column lead_tag_rules.hours is 'Within the working time of missed calls, or out of it.';

alter table touches
    add column tags     text[] not null default '{}',
    add column category text not null default '';
comment on column touches.tags is 'By the rules that held when it was told; which did stands in raw.tagged.';
alter table lead_clocks
    add column tags     text[] not null default '{}',
    add column category text not null default '';
comment on column lead_clocks.tags is 'Those of its touches together.';
comment on column lead_clocks.category is 'That of the first of its touches that has one.';

create or replace view lead_words as
select lead.id, coalesce(lead.email, '') as email, clock.tags, clock.category
from leads as lead join lead_clocks as clock on clock.lead_id = lead.id;
