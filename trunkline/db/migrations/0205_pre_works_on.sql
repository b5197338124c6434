-- On what somebody works: a desk telephone, a SIM that is an extension of the PBX (FMC), or a number of his own outside.

alter table people add column works_on text not null default 'desk' check (works_on in ('desk', 'fmc', 'forwarded'));
alter table people add constraint people_mobile_seat_check check (
    works_on = 'desk' or (extension is not null and (works_on = 'fmc' or mobile is not null))
);
create unique index people_forwarded on people (mobile) where works_on = 'forwarded' and active;
comment on column people.works_on is 'desk, fmc: an extension whose telephone the PBX does not know truly, forwarded: his mobile is his telephone.';
