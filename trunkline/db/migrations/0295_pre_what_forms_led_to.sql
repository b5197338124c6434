-- Leads, deals and payments are led to by forms too; a number without a source explains no call.

create index attributions_client on attributions (client, call_id) where visitor is not null and client <> '';
create index site_forms_visitor on site_forms (visitor, id) where visitor is not null;

delete from attributions where told_by = 'number' and source = '' and channel = '' and campaign = '';

-- Days that are rolled up without what forms led to.
insert into tracking_changes (hour)
select date_trunc('hour', (day + interval '12 h') at time zone zone, 'UTC')
from (select distinct day from report_credits where "by" = '') as days cross join tracking_zone
where day >= (select min(at)::date - 1 from site_forms)
on conflict do nothing;
