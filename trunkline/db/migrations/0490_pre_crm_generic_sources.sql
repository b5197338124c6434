-- Rows of a home-made CRM carry its connector's id as their source: two scripts on one host wrote over each other's rows.
-- Rows of a host that two of them share become those of the older one, whose next whole reading sorts them out.

create temporary table generic_sources on commit drop as
select distinct on (named) named as before, 'generic:' || id::text as after
from (select id, 'generic:' || split_part(split_part(portal, '://', 2), '/', 1) as named from crm_connectors where kind = 'generic') as c
order by named, id;

update companies t set source = s.after from generic_sources s where t.source = s.before;
update contacts t set source = s.after from generic_sources s where t.source = s.before;
update leads t set source = s.after from generic_sources s where t.source = s.before;
update deals t set source = s.after from generic_sources s where t.source = s.before;
update orders t set source = s.after from generic_sources s where t.source = s.before;
update invoices t set source = s.after from generic_sources s where t.source = s.before;
update payments t set source = s.after from generic_sources s where t.source = s.before;
update debts t set source = s.after from generic_sources s where t.source = s.before;

update crm_pulls set since = null, next = '', began_at = null, whole = false, swept_at = null
where connector_id in (select id from crm_connectors where kind = 'generic')
    and source in (select source from crm_pulls group by source having count(distinct connector_id) > 1);
