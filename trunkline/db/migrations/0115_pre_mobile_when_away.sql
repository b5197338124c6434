-- Whether a person's mobile rings when the extension cannot.

alter table people add column mobile_when_away boolean not null default false;
comment on column people.mobile_when_away is 'Ring the mobile when the extension is out of reach; who has no extension is rung there anyway.';
