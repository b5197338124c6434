-- What tells of another tracker that swaps before ours: visits that met none of our numbers, and the scripts pages load.

alter table visits add column numbers_absent boolean not null default false;
comment on column visits.numbers_absent is 'None of the site''s numbers was found on any of its pages, as far as they told.';

alter table site_crawls add column trackers text[] not null default '{}';
comment on column site_crawls.trackers is 'Call trackings whose scripts the last crawl met in the source of pages, by name.';
