-- Who switches the reading of a CRM on anew vouches for what it shows; nothing else does, a first load least of all.

alter table crm_mirrors add column believed boolean not null default false;
comment on column crm_mirrors.believed is 'What the next reading of everything does not show is gone, however much it is: reading was switched on anew.';
