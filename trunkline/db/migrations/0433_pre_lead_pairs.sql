-- Leads that may be one person's: who decided what about each two, and under which other numbers a merged lead is known.

create table lead_pairs (
    one        uuid not null references leads (id) on delete cascade,
    other      uuid not null references leads (id) on delete cascade,
    merged     boolean not null,
    decided_by uuid references people (id) on delete set null,
    decided_at timestamptz not null,
    primary key (one, other),
    check (one < other)
);
create index lead_pairs_other on lead_pairs (other);
comment on table lead_pairs is 'What people decided about two leads; those that are apart are not proposed again.';

create table lead_numbers (
    phone   text not null check (phone ~ '^\+[0-9]{5,15}$'),
    lead_id uuid not null references leads (id) on delete cascade,
    primary key (phone, lead_id)
);
create index lead_numbers_lead on lead_numbers (lead_id);
comment on table lead_numbers is 'Telephones of leads that were merged into one: what comes of them goes on there.';
