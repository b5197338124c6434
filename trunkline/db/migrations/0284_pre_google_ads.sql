-- Google Ads (Data Manager API) as a destination: abroad as well.

alter table export_destinations drop constraint export_destinations_kind_check;
alter table export_destinations add constraint export_destinations_kind_check
    check (kind in ('ga4', 'google_calls', 'google_forms', 'metrica_calls', 'metrica_conversions', 'vk'));
alter table export_destinations drop constraint export_destinations_check;
alter table export_destinations add constraint export_destinations_check
    check (kind not in ('ga4', 'google_calls', 'google_forms') or not active or abroad_at is not null);
