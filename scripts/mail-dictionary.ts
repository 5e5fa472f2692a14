/**
 * Makes a dictionary for the compression of small mail: strings that mail is full of, all written here and taken from nobody's mail.
 * `node scripts/mail-dictionary.ts > src/drivers/segments/dictionary-2.ts` makes the next one. One that has been used is never made again:
 * what was stored with it can only be read with it. What is most frequent stands last, where a reference to it is shortest.
 */

const words = {
  english:
    'the and for that you with this have from are not your will can all was but they what there which their about would when more one ' +
    'been has who other than them some time these into only could its also out people like how just our get any my over new then after ' +
    'because very should know most where want does use here need make work first see through being before well even those such way may ' +
    'please thank thanks regards best dear hello message information email address contact click here to unsubscribe order number account ' +
    'password service customer support today week month year meeting attached file update report project team question help again ' +
    'something anything however without between during always never really think going looking problem system software available ' +
    'following received provide company business money free offer receive mailing list http://www. https://www. .com .org .net .html ',
  german:
    'der die und das den von ist mit des sich nicht auf dem ein eine f=C3=BCr Sie wir ich werden auch wird zum zur bei haben Ihre Ihnen ' +
    'Mit freundlichen Gr=C3=BC=C3=9Fen Sehr geehrte Damen und Herren Hallo vielen Dank Bestellung Rechnung Anhang Nachricht Telefon ',
  french:
    'les des est une dans pour que vous nous avec sur pas votre notre plus cette =C3=A9t=C3=A9 Bonjour Merci Cordialement Madame Monsieur ' +
    'commande facture message veuillez ',
  spanish:
    'los las una por con para est=C3=A1 como m=C3=A1s pero Hola gracias saludos usted nuestro mensaje pedido cuenta ',
  dutch: 'het een van voor niet zijn met dat aan Beste groeten bestelling ',
}

const html = [
  '@media only screen and (max-width: 600px) { .container { width: 100% !important; } }\r\n',
  'body { margin: 0; padding: 0; -webkit-text-size-adjust: 100%; } a { color: #0066cc; } img { border: 0; outline: none; }\r\n',
  '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\r\n',
  '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">\r\n<!doctype html>\r\n',
  '<html xmlns="http://www.w3.org/1999/xhtml">\r\n<meta name="viewport" content="width=device-width, initial-scale=1.0">\r\n',
  '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n<style type="text/css">\r\n</style>\r\n<title></title></head>\r\n',
  '<META http-equiv=Content-Type content="text/html; charset=iso-8859-1">\r\n<STYLE></STYLE>\r\n</HEAD>\r\n<BODY bgColor=#ffffff>\r\n<DIV><FONT face=Arial size=2></FONT>&nbsp;</DIV>\r\n',
  'font-family: Arial, Helvetica, sans-serif; font-size: 14px; line-height: 20px; color: #333333; text-decoration: none; font-weight: bold; ',
  'background-color: #ffffff; text-align: center; vertical-align: top; padding: 0 0 10px 0; margin: 0 auto; border: 0; width: 100%; display: block; ',
  '<div dir="ltr"><br></div>\r\n<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">\r\n',
  '<p class=3D"MsoNormal"><span style=3D"font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif"><o:p>&nbsp;</o:p></span></p>\r\n',
  '<table width=3D"100%" border=3D"0" cellspacing=3D"0" cellpadding=3D"0" align=3D"center" style=3D"=\r\n<td style=3D"font-family:=20\r\n<a href=3D"https://www.',
  '<TABLE cellSpacing=0 cellPadding=0 width="100%" border=0>\r\n<TBODY>\r\n<TR>\r\n<TD vAlign=top align=middle>\r\n<P align=center><FONT face=Verdana color=#000000 size=2><B></B></FONT></P></TD></TR></TBODY></TABLE>\r\n',
  '<img src="http://www." width="1" height="1" border="0" alt=""><br>\r\n<a href="http://www." target="_blank" style="color:#',
  '<table width="600" border="0" cellspacing="0" cellpadding="0" align="center" bgcolor="#FFFFFF">\r\n<tr>\r\n<td align="left" valign="top" width="100%" colspan="2" height="20">',
  '<p align="center"><b><font face="Arial, Helvetica, sans-serif" size="2" color="#FF0000">&nbsp;</font></b></p>\r\n<ul><li></li></ul>\r\n<strong></strong><span></span>\r\n</td>\r\n</tr>\r\n</table>\r\n</div>\r\n</body>\r\n</html>\r\n',
]

const text = [
  '_______________________________________________\r\n mailing list\r\nTo unsubscribe, visit\r\nhttp://lists.example.org/mailman/listinfo/\r\n',
  '-----Original Message-----\r\nFrom: \r\nSent: Monday, \r\nTo: \r\nSubject: RE: \r\n\r\n---------- Forwarded message ---------\r\n',
  '-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\nVersion: GnuPG v2\r\n-----END PGP SIGNATURE-----\r\n',
  'This is a multi-part message in MIME format.\r\n\r\nThis is a cryptographically signed message in MIME format.\r\n',
  '\r\nOn Mon, Jan 1, 2024 at 10:00 AM wrote:\r\n> \r\n> > \r\n>> \r\n-- \r\n',
  'begin:vcard\r\nend:vcard\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:20240101T100000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n',
]

const parts = [
  'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="\r\nContent-Type: message/delivery-status\r\nContent-Type: message/rfc822\r\n',
  'Content-Type: application/pdf; name=".pdf"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=".pdf"\r\nX-Attachment-Id: f_\r\n\r\n',
  'Content-Type: application/octet-stream;\r\n\tname=".zip"\r\nContent-Type: application/msword;\r\nContent-Type: application/vnd.openxmlformats-officedocument.wordprocessingml.document\r\n',
  'Content-Type: image/png; name="image001.png"\r\nContent-ID: <image001.png@01D\r\nContent-Type: image/jpeg; name=".jpg"\r\nContent-Type: image/gif; name=".gif"\r\nContent-Disposition: inline; filename="\r\n',
  'Content-Type: multipart/signed; micalg=pgp-sha256; protocol="application/pgp-signature"; boundary="=-\r\nContent-Type: application/pgp-signature; name="signature.asc"\r\nContent-Description: This is a digitally signed message part\r\n',
  'Content-Type: multipart/mixed; boundary="----=_NextPart_000_0000_01C2\r\nContent-Type: multipart/related;\r\n\ttype="multipart/alternative";\r\n\tboundary="\r\n',
  'Content-Type: multipart/alternative; boundary="000000000000\r\n\r\n--000000000000\r\n',
  'Content-Type: text/html; charset="iso-8859-1"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<html>\r\n<head>\r\n',
  'Content-Type: text/html; charset="UTF-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<!DOCTYPE html>\r\n<html>\r\n<head>\r\n',
  'Content-Type: text/plain; charset="UTF-8"; format=flowed; delsp=yes\r\nContent-Transfer-Encoding: base64\r\n\r\n',
]

const fields = [
  'Autocrypt: addr=; prefer-encrypt=mutual; keydata=\r\nDisposition-Notification-To: \r\nX-MS-Has-Attach: \r\nX-MS-TNEF-Correlator: \r\nThread-Topic: \r\nThread-Index: AQH\r\nAccept-Language: en-US\r\nContent-Language: en-US\r\nX-MS-Exchange-Organization-SCL: -1\r\nx-originating-ip: [\r\n',
  'Arc-Seal: i=1; a=rsa-sha256; t=; cv=none; d=google.com; s=arc-20160816; b=\r\nARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=google.com; s=arc-20160816; h=to:subject:message-id:date:from:mime-version:dkim-signature; bh=\r\nARC-Authentication-Results: i=1; mx.google.com; dkim=pass header.i=@; spf=pass (google.com: domain of designates as permitted sender) smtp.mailfrom=; dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=\r\n',
  'Authentication-Results: mx.example.org;\r\n\tdkim=pass (2048-bit key; unprotected) header.d= header.i=@ header.b="";\r\n\tspf=pass smtp.mailfrom=\r\nReceived-SPF: pass (mailfrom) identity=mailfrom; client-ip=; helo=; envelope-from=; receiver=\r\n',
  'X-Google-DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=1e100.net; s=20230601; t=; x=;\r\n        h=to:subject:message-id:date:from:mime-version:x-gm-message-state:from:to:cc:subject:date:message-id:reply-to; bh=\r\nX-Gm-Message-State: AOJu0Y\r\nX-Google-Smtp-Source: AGHT+I\r\nX-Received: by 2002:a05:6402: with SMTP id \r\n',
  'DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/simple; d=; s=selector1; t=;\r\n\th=From:Date:Subject:Message-ID:Content-Type:MIME-Version:X-MS-Exchange-SenderADCheck;\r\n\tbh=; b=\r\nFeedback-ID: \r\nX-SES-Outgoing: \r\n',
  'X-Spam-Flag: NO\r\nX-Spam-Score: -0.1\r\nX-Spam-Level: \r\nX-Spam-Status: No, score=-2.1 required=5.0 tests=BAYES_00,DKIM_SIGNED,DKIM_VALID,DKIM_VALID_AU,HTML_MESSAGE,RCVD_IN_DNSWL_NONE,SPF_PASS autolearn=ham autolearn_force=no version=3.4.6\r\nX-Spam-Checker-Version: SpamAssassin 3.4.6\r\nX-Virus-Scanned: amavisd-new at \r\n',
  'List-Id: \r\nList-Help: <mailto:-request@example.org?subject=help>\r\nList-Post: <mailto:\r\nList-Subscribe: <http://lists.example.org/mailman/listinfo/>,\r\n\t<mailto:-request@example.org?subject=subscribe>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Unsubscribe: <https://www.>,\r\n    <mailto:-request@example.org?subject=unsubscribe>\r\nList-Archive: <http://\r\nX-Mailman-Version: 2.1\r\nX-BeenThere: \r\nPrecedence: bulk\r\nPrecedence: list\r\nErrors-To: -admin@\r\nSender: -admin@\r\nAuto-Submitted: auto-generated\r\n',
  'X-Mailer: Microsoft Outlook 16.0\r\nX-Mailer: Microsoft Outlook Express 6.00\r\nX-Mailer: Apple Mail (2.3774.\r\nUser-Agent: Mozilla Thunderbird\r\nUser-Agent: Mutt/1.5\r\nUser-Agent: Mozilla/5.0 (X11; U; Linux i686; en-US)\r\nX-MimeOLE: Produced By Microsoft MimeOLE V6.00\r\nX-Priority: 3 (Normal)\r\nX-MSMail-Priority: Normal\r\nImportance: Normal\r\nX-Originalarrivaltime: (UTC) FILETIME=[\r\nStatus: RO\r\nOrganization: \r\n',
  'Received: from mail-ed1-f41.google.com (mail-ed1-f41.google.com [209.85.208.41])\r\nReceived: from EUR05-VI1-obe.outbound.protection.outlook.com (2603:10a6:\r\n with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.\r\n',
  'Received: from unknown (HELO \r\nReceived: (qmail  invoked by uid \r\nReceived: (qmail  invoked from network); \r\nReceived: by mx.example.org (Postfix, from userid 500)\r\n\tid \r\nReceived: from [192.168.1.] (unknown [10.0.0.])\r\n\t(Authenticated sender: \r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n\t key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)\r\n\t(No client certificate requested)\r\n\tby mx.example.org (Postfix) with ESMTPS id \r\n\tfor <',
  'Received: from localhost (localhost [127.0.0.1])\r\n\tby localhost (Postfix) with ESMTP id \r\n\tfor <@localhost>; Fri, 04 Oct 2024 11:01:52 +0000 (UTC)\r\nReceived: from \r\n    by localhost with IMAP (single-drop); Thu, 05 Sep 2024 10:02:12 +0100 (IST)\r\n',
  'Received: from smtp.example.com (smtp.example.com [192.0.2.1]) by\r\n    mx.example.org (8.11.6/8.11.6) with ESMTP id g8 for\r\n    <@example.org>; Tue, 06 Aug 2024 12:37:31 +0100\r\n',
  ...['Sun', 'Sat', 'Fri', 'Thu', 'Wed', 'Tue', 'Mon'].map(day => `; ${day}, `),
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map(
    month => ` ${month} 2024 `,
  ),
  ' 2025  2026 -0700 (PDT)\r\n -0400 (EDT)\r\n -0500 (EST)\r\n -0800 (PST)\r\n +0200 (CEST)\r\n +0100\r\n +0000\r\n GMT\r\n',
  'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=; s=; t=; h=from:to:cc:subject:date:message-id:reply-to:mime-version:content-type:in-reply-to:references; bh=; b=\r\n',
  'Return-Path: <\r\nDelivered-To: \r\nX-Original-To: \r\nEnvelope-To: \r\nReply-To: <\r\nCc: \r\nReferences: <\r\n\t<\r\nIn-Reply-To: <\r\nSubject: =?utf-8?Q?\r\nSubject: =?UTF-8?B?\r\nSubject: =?iso-8859-1?Q?\r\nSubject: Fwd: \r\nSubject: Re: [\r\nSubject: Re: \r\n',
  'Return-Path: <\r\nDelivered-To: \r\nReceived: from mail.example.com (mail.example.com [192.0.2.1])\r\n\tby mx.example.net (Postfix) with ESMTP id \r\n\tfor <@gmail.com>; Mon, \r\nMIME-Version: 1.0\r\nDate: Mon, \r\nMessage-ID: <CA@mail.gmail.com>\r\nMessage-Id: <20\r\nFrom: "\r\nTo: undisclosed-recipients:;\r\nTo: <\r\nSubject: \r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Type: text/plain; charset=ISO-8859-1; format=flowed\r\nContent-Transfer-Encoding: 8bit\r\nContent-Disposition: inline\r\nContent-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset="iso-8859-1"\r\nContent-Transfer-Encoding: 7bit\r\n\r\n',
]

const all = [...Object.values(words).reverse(), ...html, ...text, ...parts, ...fields]
const lines = all.flatMap(piece => piece.split(/(?<=\n)/))

process.stdout.write(`/** Made by scripts/mail-dictionary.ts. Never changed: mail that was stored with it can only be read with it. */
export const lines = [
${lines.map(line => `  ${JSON.stringify(line)},`).join('\n')}
]
`)
