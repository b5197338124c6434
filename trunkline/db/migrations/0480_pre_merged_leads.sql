-- A lead that became part of another names it, and is no lead of its own in reports; leads without a telephone are
-- called by who takes them; marked leads are found by an index.

alter table lead_clocks
    add column merged_into uuid references leads (id) on delete set null;
create index lead_clocks_merged on lead_clocks (merged_into) where merged_into is not null;
comment on column lead_clocks.merged_into is 'The lead that this one became part of; it is closed, and counts as that one.';

update lead_clocks as clock set merged_into = stays.id
from lead_pairs as pair
join leads as one on one.id = pair.one
join leads as other on other.id = pair.other
cross join lateral (
    select case when (one.opened_at, one.id) <= (other.opened_at, other.id) then one.id else other.id end as id,
           case when (one.opened_at, one.id) <= (other.opened_at, other.id) then other.id else one.id end as gone
) as stays
where pair.merged and clock.lead_id = stays.gone and clock.closed_at is not null;

update lead_clocks set called_at = taken_at
where phone is null and taken_at is not null and called_at is null and assigned_at is null;

create index lead_clocks_tags on lead_clocks using gin (tags);
create index lead_clocks_category on lead_clocks (category, closed_at);
