"""Domains that say nothing about who owns them: free mail, internet access, social networks.

Own compilation, November 2026, from general knowledge of providers. A company that really
is one of these (an internet provider as a customer) is kept with `freemail = "keep"`.
"""

from __future__ import annotations

from typing import Final

_FREEMAIL: Final = """
gmail.com googlemail.com google-mail.com
outlook.com outlook.at outlook.be outlook.cl outlook.co.id outlook.co.il outlook.co.nz
outlook.co.th outlook.com.ar outlook.com.au outlook.com.br outlook.com.gr outlook.com.tr
outlook.com.vn outlook.cz outlook.de outlook.dk outlook.es outlook.fr outlook.hu outlook.ie
outlook.in outlook.it outlook.jp outlook.kr outlook.lv outlook.my outlook.ph outlook.pt
outlook.sa outlook.sg outlook.sk
hotmail.com hotmail.at hotmail.be hotmail.ca hotmail.ch hotmail.cl hotmail.co.id
hotmail.co.il hotmail.co.jp hotmail.co.kr hotmail.co.nz hotmail.co.th hotmail.co.uk
hotmail.co.za hotmail.com.ar hotmail.com.au hotmail.com.br hotmail.com.hk hotmail.com.tr
hotmail.com.tw hotmail.cz hotmail.de hotmail.dk hotmail.es hotmail.fi hotmail.fr hotmail.gr
hotmail.hu hotmail.ie hotmail.in hotmail.it hotmail.jp hotmail.kr hotmail.my hotmail.net
hotmail.nl hotmail.no hotmail.org hotmail.ph hotmail.pt hotmail.rs hotmail.se hotmail.sg
live.com live.at live.be live.ca live.ch live.cl live.cn live.co.kr live.co.uk live.co.za
live.com.ar live.com.au live.com.mx live.com.my live.com.pt live.com.sg live.de live.dk
live.fi live.fr live.hk live.ie live.in live.it live.jp live.nl live.no live.se
msn.com passport.com windowslive.com
yahoo.com yahoo.at yahoo.be yahoo.ca yahoo.ch yahoo.cl yahoo.cn yahoo.co.id yahoo.co.il
yahoo.co.in yahoo.co.jp yahoo.co.kr yahoo.co.nz yahoo.co.th yahoo.co.uk yahoo.co.za
yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.cn yahoo.com.co yahoo.com.hk yahoo.com.mx
yahoo.com.my yahoo.com.pe yahoo.com.ph yahoo.com.sg yahoo.com.tr yahoo.com.tw yahoo.com.ve
yahoo.com.vn yahoo.de yahoo.dk yahoo.es yahoo.fi yahoo.fr yahoo.gr yahoo.hu yahoo.ie yahoo.in
yahoo.it yahoo.nl yahoo.no yahoo.pl yahoo.pt yahoo.ro yahoo.se ymail.com rocketmail.com
myyahoo.com geocities.com y7mail.com yahoomail.com
aol.com aol.co.uk aol.de aol.es aol.fr aol.it aol.se aim.com love.com netscape.net
icloud.com me.com mac.com appleid.com
proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tutamail.com tuta.com
tuta.io keemail.me hey.com fastmail.com fastmail.fm fastmail.net fastmail.org sent.com
hushmail.com hush.com hush.ai posteo.de posteo.net mailbox.org mailfence.com
runbox.com startmail.com disroot.org riseup.net countermail.com kolabnow.com ctemplar.com
duck.com simplelogin.com anonaddy.com anonaddy.me skiff.com cock.li vivaldi.net
zoho.com zohomail.com zohomail.eu zohomail.in lycos.com lycos.de lycos.co.uk excite.com
gmx.com gmx.de gmx.net gmx.at gmx.ch gmx.li gmx.eu gmx.us gmx.fr gmx.es gmx.co.uk gmx.org
web.de mail.de email.de freenet.de freemail.de t-online.de t-online.com arcor.de online.de
onlinehome.de vodafone.de vodafonemail.de alice.de alice-dsl.net alice-dsl.de kabelmail.de
unitybox.de unity-mail.de ewe.net ewetel.net ewetel.de o2mail.de o2online.de netcologne.de
versanet.de osnanet.de htp-tel.de directbox.com magenta.de 1und1.de firemail.de ok.de
aon.at chello.at inode.at utanet.at bluewin.ch hispeed.ch sunrise.ch swissonline.ch
vtxmail.ch
mail.com email.com usa.com post.com consultant.com europe.com asia.com engineer.com myself.com
accountant.com lawyer.com writeme.com cheerful.com iname.com techie.com dr.com doctor.com
execs.com inbox.com bigfoot.com juno.com netzero.net netzero.com
comcast.net verizon.net att.net sbcglobal.net bellsouth.net pacbell.net ameritech.net
swbell.net prodigy.net cox.net charter.net spectrum.net roadrunner.com rr.com twc.com
earthlink.net mindspring.com optonline.net optimum.net frontier.com frontiernet.net
windstream.net centurylink.net centurytel.net embarqmail.com q.com qwest.net suddenlink.net
cableone.net wowway.com rcn.com peoplepc.com mchsi.com tds.net hughes.net
rogers.com bell.net sympatico.ca shaw.ca telus.net videotron.ca cogeco.ca eastlink.ca
sasktel.net mts.net
btinternet.com btopenworld.com talktalk.net talk21.com sky.com virginmedia.com virgin.net
ntlworld.com blueyonder.co.uk tiscali.co.uk plus.net plusnet.com o2.co.uk orange.net
freeserve.co.uk wanadoo.co.uk fsmail.net eircom.net iol.ie
orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr club-internet.fr
aliceadsl.fr cegetel.net noos.fr voila.fr caramail.com caramail.fr dbmail.com
libero.it virgilio.it alice.it tim.it tin.it tiscali.it fastwebnet.it inwind.it iol.it
email.it pec.it legalmail.it aruba.it arubapec.it postecert.it poste.it
supereva.it vodafone.it wind.it teletu.it blu.it katamail.com tre.it
telefonica.net terra.es ono.com movistar.es orange.es jazztel.es euskaltel.net
sapo.pt netcabo.pt iol.pt clix.pt telepac.pt
telenet.be skynet.be proximus.be scarlet.be belgacom.net voo.be
ziggo.nl kpnmail.nl kpnplanet.nl planet.nl hetnet.nl home.nl casema.nl chello.nl quicknet.nl
upcmail.nl xs4all.nl tele2.nl zonnet.nl online.nl solcon.nl caiway.nl
telia.com comhem.se bredband.net bredband2.com spray.se passagen.se tele2.se glocalnet.net
swipnet.se telia.se home.se ownit.nu bahnhof.se tiscali.se
online.no broadpark.no getmail.no lyse.net c2i.net start.no frisurf.no
mail.dk stofanet.dk tdcadsl.dk jubii.dk ofir.dk webspeed.dk youmail.dk
luukku.com suomi24.fi elisanet.fi kolumbus.fi saunalahti.fi dnainternet.net netti.fi
inet.fi welho.com mail.ee hot.ee inbox.lv inbox.lt inbox.ru apollo.lv one.lv delfi.lv
wp.pl o2.pl onet.pl onet.eu op.pl vp.pl poczta.fm interia.pl interia.eu
interia.com gazeta.pl tlen.pl neostrada.pl
seznam.cz email.cz centrum.cz volny.cz post.cz atlas.cz tiscali.cz azet.sk centrum.sk zoznam.sk
post.sk freemail.hu citromail.hu t-online.hu indamail.hu vipmail.hu abv.bg mail.bg dir.bg
gbg.bg net.hr inet.hr siol.net email.si volja.net amis.net eunet.rs mts.rs
otenet.gr forthnet.gr freemail.gr in.gr hol.gr cytanet.com.cy
mail.ru bk.ru list.ru internet.ru yandex.ru yandex.com yandex.ua yandex.by yandex.kz ya.ru
rambler.ru lenta.ru ukr.net i.ua meta.ua bigmir.net tut.by mail.kz
qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com
tom.com 139.com 189.cn 21cn.com aliyun.com wo.cn
naver.com hanmail.net daum.net nate.com kakao.com korea.com dreamwiz.com empal.com
docomo.ne.jp ezweb.ne.jp softbank.ne.jp nifty.com biglobe.ne.jp ocn.ne.jp so-net.ne.jp
infoseek.jp excite.co.jp goo.jp au.com
pchome.com.tw hinet.net seed.net.tw netvigator.com singnet.com.sg starhub.net.sg
rediffmail.com rediff.com indiatimes.com sify.com in.com vsnl.net bsnl.in
bigpond.com bigpond.net.au optusnet.com.au iinet.net.au tpg.com.au
westnet.com.au dodo.com.au xtra.co.nz slingshot.co.nz paradise.net.nz clear.net.nz
uol.com.br bol.com.br terra.com.br ig.com.br globo.com globomail.com r7.com oi.com.br
zipmail.com.br superig.com.br veloxmail.com.br
prodigy.net.mx terra.com terra.com.mx fibertel.com.ar speedy.com.ar arnet.com.ar ciudad.com.ar
vtr.net une.net.co etb.net.co
mweb.co.za telkomsa.net webmail.co.za vodamail.co.za iafrica.com absamail.co.za lantic.net
walla.com walla.co.il netvision.net.il bezeqint.net 012.net.il zahav.net.il
mynet.com superonline.com ttmail.com emirates.net.ae eim.ae maktoob.com
mailinator.com guerrillamail.com 10minutemail.com yopmail.com trashmail.com temp-mail.org
sharklasers.com maildrop.cc getnada.com dispostable.com
"""

FREEMAIL: Final = frozenset(_FREEMAIL.split())
"""Free mail, disposable mail and access providers whose customers have addresses there."""

_SOCIAL: Final = """
linkedin.com lnkd.in facebook.com fb.com fb.me instagram.com instagr.am threads.net threads.com
x.com twitter.com t.co tiktok.com youtube.com youtu.be pinterest.com snapchat.com reddit.com
tumblr.com vk.com ok.ru weibo.com xing.com bsky.app mastodon.social flickr.com vimeo.com
twitch.tv whatsapp.com wa.me telegram.me t.me discord.gg discord.com line.me
linktr.ee beacons.ai bio.link campsite.bio about.me lnk.bio taplink.cc solo.to
bit.ly goo.gl g.page tinyurl.com ow.ly rebrand.ly
yelp.com crunchbase.com wikipedia.org medium.com substack.com
"""

SOCIAL: Final = frozenset(_SOCIAL.split())
"""Social networks, link pages, shorteners and directories: the page is there, not the company."""
