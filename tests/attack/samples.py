"""What each parser of foreign bytes reads in earnest: short, of the forms that docs and protocols give."""

import io
import zipfile
from importlib import resources
from typing import Final

import openpyxl

from crm_sync.generic.mapping import example
from crm_sync.onec.mapping import SHIPPED


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["Дата", "Расход", "Канал"], ["2026-11-28", "100,50", "direct"], [20261128, 1.5, "=1+1"]):
        book.active.append(row)
    told = io.BytesIO()
    book.save(told)
    return told.getvalue()


def _zip_of(**files: bytes) -> bytes:
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return told.getvalue()


AMI: Final = tuple(
    ("\r\n".join(lines) + "\r\n\r\n").encode()
    for lines in (
        (
            "Event: Newchannel",
            "Privilege: call,all",
            "Timestamp: 1795320084.123456",
            "Channel: PJSIP/trunk-00000001",
            "ChannelState: 4",
            "CallerIDNum: +79161234567",
            "CallerIDName: Анна",
            "Exten: 74951234567",
            "Uniqueid: 1795320084.1",
            "Linkedid: 1795320084.1",
        ),
        (
            "Event: AgentCalled",
            "Timestamp: 1795320085.0",
            "Queue: sales",
            "Interface: PJSIP/101",
            "Channel: PJSIP/trunk-00000001",
            "DestChannel: PJSIP/101-00000002",
            "Uniqueid: 1795320084.1",
            "Linkedid: 1795320084.1",
            "DestUniqueid: 1795320085.2",
            "DestLinkedid: 1795320084.1",
        ),
        (
            "Event: CEL",
            "EventName: LINKEDID_END",
            "EventTime: 2026-11-28 10:00:00.5",
            "AppData: x",
            "Extra: {}",
            "UniqueID: 1795320084.1",
            "LinkedID: 1795320084.1",
        ),
        (
            "Event: Hangup",
            "Timestamp: 1795320099.5",
            "Channel: PJSIP/101-00000002",
            "Cause: 16",
            "Uniqueid: 1795320085.2",
            "Linkedid: 1795320084.1",
        ),
        ("Event: UserEvent", "UserEvent: TrunklineNotice", "Told: out:+74951234567:1", "Linkedid: 1795320084.1"),
        ("Response: Success", "ActionID: 1", "Variable: a", "Variable: b"),
    )
)
AGI: Final = (
    b"agi_network_script: route?token=abc\nagi_request: agi://10.0.0.1:4573/route?token=abc\nagi_uniqueid: 1.1\n"
    b"agi_callerid: unknown\nagi_extension: 74951234567\nagi_arg_1: t\n"
    b"200 result=1 (id=1795320084.1&from=%2B79161234567&to=74951234567&line=&state=&queued=&digits=1)",
)
QUESTION: Final = (
    b'{"call_id":"1795320084.1","from":"+79161234567","to":74951234567,"state":"a.b","digits":1,"at":1795320084.5}',
    b'{"call_id":null,"at":"2026-11-28T10:00:00+03:00","status":"NOANSWER","queue":"sales"}',
    b"id=1795320084.1&from=%2B79161234567&to=74951234567&state=x&status=BUSY&queue=sales&digits=2",
)
HOOK: Final = (
    b"event=NOTIFY_START&call_start=2026-11-28+10%3A00%3A00&pbx_call_id=in_1&a[b][c]=d&caller_id=79161234567",
    b'{"cmd":"event","type":"INCOMING","phone":"79161234567","callid":"1","a":{"b":[1,null,true]}}',
    b'--x\r\nContent-Disposition: form-data; name="cmd"\r\n\r\nhistory\r\n--x--\r\n',
)
LETTER: Final = (
    b"From: =?utf-8?b?0JDQvdC90LA=?= <anna@shop.ru>\r\nSubject: =?koi8-r?q?=F0?=\r\nMessage-ID: <1@shop.ru>\r\n"
    b'References: <0@a.ru> <2@b.ru>\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\n'
    b"Content-Type: text/plain; charset=windows-1251\r\nContent-Transfer-Encoding: base64\r\n\r\n0MHB\r\n--b\r\n"
    b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"<p>+7 (916) 123-45-67<br>=D0=90</p>\r\n--b--\r\n",
    b"From: a@b.ru\r\n\r\n8 916 123-45-67\r\n\r\nOn 1 May 2026, Anna wrote:\r\n> old\r\n",
)
CALENDAR: Final = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Moscow:"
    b"20261124T100000\r\nDTEND;TZID=Europe/Moscow:20261124T110000\r\nRRULE:FREQ=WEEKLY;COUNT=3;BYDAY=TU\r\n"
    b"EXDATE:20261124T070000Z\r\nATTENDEE;PARTSTAT=DECLINED:mailto:a@b.ru\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    b"BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\nFREEBUSY:20261124T100000Z/PT1H\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n",
)
CALDAV: Final = (
    b'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:response><D:href>'
    b"/a.ics</D:href><D:propstat><D:prop><C:calendar-data>BEGIN:VCALENDAR&#13;\nEND:VCALENDAR</C:calendar-data>"
    b"</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>",
)
CARDDAV: Final = (
    b'<C:addressbook-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/>'
    b"<C:address-data/></D:prop><D:href>/carddav/all/1.vcf</D:href></C:addressbook-multiget>",
    b'<?xml version="1.0"?><propfind xmlns="DAV:"><allprop/></propfind>',
)
YEAR: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?><calendar year="2026" lang="ru" date="2025.10.01" country="ru"><holidays>'
    b'<holiday id="1" title="New Year"/></holidays><days><day d="01.01" t="1" h="1"/><day d="04.30" t="2"/></days>'
    b"</calendar>",
)
REGISTRY: Final = (
    "АВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН\n"
    "916;1230000;1239999;10000;ПАО МТС;г. Москва и Московская область;;7740000076\n".encode(),
    "495;1230000;1239999;10000;МГТС;г. Москва;;7710016640".encode("cp1251"),
)
TABLE: Final = (
    "Дата;Расход;Канал\n2026-11-28;100,50;direct\n".encode(),
    'sep=;\nдата;расход\n28.11.2026;"1 000"\n'.encode("cp1251"),
    b"\xff\xfe" + "дата\tрасход\n".encode("utf-16-le"),
    b'{"numbers":[{"phone":"+79161234567","votes":4,"rating":"G_FRAUD"}]}',
    _workbook(),
    _zip_of(**{"xl/workbook.xml": b"<workbook/>", "[Content_Types].xml": b"<Types/>"}),
)
PAGE: Final = (
    b'<html><base href="/a/"><body><a href="tel:+74951234567">+7 (495) 123-45-67</a><script '
    b'src="https://cdn.callibri.ru/a.js"></script><script type="application/ld+json">{"telephone": "+7 495 1234567"}'
    b"</script><!-- x --><p title='8 800 555-35-35'>&#43;7&nbsp;495</p></body></html>",
)
ROBOTS: Final = (b"User-agent: *\nDisallow: /*?a=$\nAllow: /\nCrawl-delay: 1.5\nSitemap: https://shop.ru/map.xml\n",)
PLAN: Final = (
    resources.files("trunkline.demo").joinpath("plan.toml").read_bytes(),
    b'{"default": "queue:sales", "hours": {}}',
)
MAPPING: Final = tuple(example(name).encode() for name in ("default", "netcat"))
BITRIX_EVENT: Final = (
    b"event=ONCRMDEALUPDATE&event_handler_id=1&data[FIELDS][ID]=5&ts=1795320084&auth[access_token]=a"
    b"&auth[domain]=a.bitrix24.ru&auth[member_id]=m&auth[application_token]=t",
    b"event=OnExternalCallStart&data[PHONE_NUMBER]=%2B79161234567&data[USER_ID]=1&data[CALL_ID]=x&ts=1795320084",
)
BITRIX_ANSWER: Final = (
    b'{"result":[{"ID":"1"}],"next":50,"total":51,"time":{"start":1.5,"operating":0.1}}',
    b'{"error":"QUERY_LIMIT_EXCEEDED","error_description":"Too many requests"}',
)
OPENED: Final = (
    b"AUTH_ID=a&AUTH_EXPIRES=3600&REFRESH_ID=b&member_id=m&PLACEMENT=CALL_CARD&PLACEMENT_OPTIONS=%7B%22CALL_ID%22%3A%22x%22%7D",
)
AMO_HINT: Final = (
    b"leads[update][0][id]=5&leads[update][0][last_modified]=1795320084&account[id]=1&account[subdomain]=a",
)
AMO_ANSWER: Final = (
    b'{"_embedded":{"leads":[{"id":1,"updated_at":1795320084}]},"_links":{"next":{"href":"https://a.amocrm.ru/x"}}}',
    b'{"title":"Bad Request","status":400,"detail":"x","validation-errors":[{"errors":[{"code":"a","path":"b"}]}]}',
)
TELEGRAM: Final = (
    b'{"update_id":1,"message":{"message_id":2,"date":1795320084,"text":"/start abc","from":{"id":5,"is_bot":false,'
    b'"first_name":"A"},"chat":{"id":5,"type":"private"}}}',
    b'{"update_id":2,"callback_query":{"id":"1","data":"x","from":{"id":5,"first_name":"A"},"message":{"message_id":2,'
    b'"date":1,"chat":{"id":5,"type":"private"}}}}',
)
MAX: Final = (
    b'{"update_type":"message_created","timestamp":1795320084000,"message":{"sender":{"user_id":5,"name":"A"},'
    b'"recipient":{"chat_id":7,"chat_type":"dialog"},"body":{"mid":"m","text":"hi"}}}',
    b'{"update_type":"bot_started","timestamp":1,"chat_id":7,"user":{"user_id":5},"payload":"abc"}',
)
VKTEAMS: Final = (
    b'{"ok":true,"events":[{"eventId":1,"type":"newMessage","payload":{"msgId":"1","text":"a","chat":{"chatId":"a@b",'
    b'"type":"private"},"from":{"userId":"a@b","firstName":"A"}}}]}',
)
CHAT: Final = (
    b'{"hook_type":"inbox","message_id":1,"type":"from_client","text":"+7 916 123-45-67","client_id":5,"transport":'
    b'"telegram","event_time":"2026-11-28T10:00:00Z","client":{"id":5,"phone":"79161234567","name":"A"}}',
)
ONEC: Final = (
    b'{"type":"contact","id":"a","version":1,"name":"A","phones":["+79161234567"],"deleted":false}',
    b'{"type":"order","id":"b","version":"2","contact":"a","number":"1","amount":"100.50","date":"2026-11-28T10:00:00"}',
)
LAYOUT: Final = tuple(text.encode() for text in SHIPPED.values())
COOKIES: Final = (b"_ym_uid=1795320084123; _ga=GA1.2.123.456; roistat_visit=1", b"_ga=GA1.1.1")
LANDING: Final = (
    b"https://shop.ru/a?utm_source=yandex&utm_medium=cpc&utm_content=%D0%B0|b&yclid=1&_openstat=ZGlyZWN0LnlhbmRleC5ydQ"
    b" https://yandex.ru/search?text=a",
    b"http://[::1]:80/?gclid=x&utm_term=%ff https://away.vk.com/away.php?to=x",
)
PHONE: Final = (b"+7 (916) 123-45-67 #12", b"8-800-555-35-35;ext=5", b"sip:79161234567@10.0.0.1", b"anonymous", b"*72")
COUNTS: Final = (b'{"data":[{"dimensions":[{"name":"2026-11-28"},{"name":"call +74951234567"}],"metrics":[3.0]}]}',)
UPLOADING: Final = (b'{"uploading":{"id":1,"status":"PROCESSED","source_quantity":1,"linked_quantity":1}}',)
GOOGLE_KEY: Final = (
    b'{"type":"service_account","client_email":"a@b.iam.gserviceaccount.com","private_key":"-----BEGIN PRIVATE KEY-----'
    b'\\nMII=\\n-----END PRIVATE KEY-----\\n","token_uri":"https://oauth2.googleapis.com/token"}',
    b'{"type":"authorized_user","client_id":"a","client_secret":"b","refresh_token":"c"}',
)
GOOGLE_TOKEN: Final = (b'{"access_token":"ya29.a","expires_in":3599,"token_type":"Bearer"}',)
VK: Final = (
    b'{"access_token":"abc","token_type":"bearer","expires_in":86400,"count":1,"items":[{"id":1,"name":"A"}]}',
    b'{"error":{"code":"x","message":"y"}}',
)
SOCKET: Final = (b'{"type":"resume","last":5}', b'{"type":"seen","visible":true}')
TOLD: Final = (b'{"type":"presence","state":"online","reason":""}', b'{"type":"closing","code":4001,"text":"x"}')
RECORDED: Final = (
    b'{"at":1795320084.5,"method":"POST","path":"","query":"","body":"event=NOTIFY_START","headers":{"a":"b"}}\n',
    b'{"at":"2026-11-28T10:00:00Z","body":"x"}',
)
WORDS: Final = ('цена | "сколько стоит"~3 -дорого'.encode(), b"a b\nc", b'"open')
CURSOR: Final = (b"WyJhIiwxXQ", b"Ilx1MDAwMCI", b"MQ==")
