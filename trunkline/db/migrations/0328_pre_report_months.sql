-- Who sees many sites reads months that are over by site and row; who sees most of them, what all come to less the others (decision 329).

create table report_months (
    month    date not null,
    site_id  uuid not null,
    "by"     text not null,
    key      text not null,
    visits   integer not null,
    visitors integer not null,
    primary key ("by", month, site_id, key)
);
create index report_months_month on report_months (month);
comment on table report_months is 'Visits of months that are over, of report_visits, summed by site and row; counted anew where a day of the month is.';
comment on column report_months.site_id is 'All ones: all sites together.';
comment on column report_months.visitors is 'Sums of each day''s different visitors of the site.';

alter table report_traffic add column of_sites integer not null default 0;
comment on column report_traffic.of_sites is 'Each site''s different visitors, added up: a visitor of two counts twice.';
