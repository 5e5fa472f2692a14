/**
 * Makes a dictionary for the compression of small mail: strings that mail is full of, all written here and taken from nobody's mail.
 * `node scripts/mail-dictionary.ts > src/drivers/segments/dictionary-2.ts` makes the next one. One that has been released is never made
 * again: what was stored with it can only be read with it. What is most frequent stands last, where a reference to it is shortest. Kept to
 * about 4 KiB: it is read anew for each message, and the next 7 KiB would cost 20 µs and win 2 %.
 */

const words =
  'your the and for that you with this have from are not will can please thanks regards message information email address click here to ' +
  'unsubscribe order number account Mit freundlichen Gr=C3=BC=C3=9Fen Sehr geehrte Bonjour Merci Cordialement Hola gracias http://www. .com '

const html = [
  '<!DOCTYPE html>\r\n<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n<title></title>\r\n</head>\r\n<body bgcolor="#FFFFFF">\r\n<div dir="ltr"><br></div>\r\n',
  '<p align="center"><b><font face="Arial, Helvetica, sans-serif" size="2" color="#FF0000">&nbsp;</font></b></p>\r\n<span style=3D"font-family:Arial,sans-serif;font-size:14px;color:#333333;text-decoration:none">=20\r\n',
  '<table width="100%" border="0" cellspacing="0" cellpadding="0" align="center">\r\n<tr>\r\n<td align="left" valign="top"><a href="https://www.example.com/" target="_blank"><img src="http://</a></td>\r\n</tr>\r\n</table>\r\n</body>\r\n</html>\r\n',
]

const parts = [
  'This is a multi-part message in MIME format.\r\n\r\nContent-Type: multipart/mixed; boundary="----=_NextPart_000_\r\nContent-Type: application/pdf; name="\r\nContent-Disposition: attachment; filename="\r\nContent-Transfer-Encoding: base64\r\nContent-Type: image/jpeg\r\nContent-ID: <\r\n',
  'Content-Type: multipart/alternative; boundary="000000000000\r\n\r\n--000000000000\r\nContent-Type: text/html; charset="UTF-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n',
]

const fields = [
  'ARC-Authentication-Results: i=1; mx.google.com; dkim=pass header.i=@ header.s= header.b=; spf=pass (google.com: domain of designates as permitted sender) smtp.mailfrom=; dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=\r\nARC-Seal: i=1; a=rsa-sha256; t=\r\nAuthentication-Results: \r\nX-Received: by 2002:a05:6402: with SMTP id \r\nX-Google-Smtp-Source: AGHT+I\r\nX-Gm-Message-State: AOJu0Y\r\nFeedback-ID: \r\n',
  'X-Spam-Status: No, score=-2.1 required=5.0 tests=BAYES_00,DKIM_SIGNED,DKIM_VALID,HTML_MESSAGE,SPF_PASS autolearn=ham version=3.4.6\r\nX-Spam-Level: \r\nX-Virus-Scanned: \r\nX-Originating-IP: [\r\nX-MS-Exchange-\r\nThread-Index: \r\nContent-Language: en-US\r\n',
  'Sender: -admin@\r\nErrors-To: -admin@\r\nX-BeenThere: \r\nX-Mailman-Version: 2.1\r\nPrecedence: bulk\r\nList-Help: <mailto:-request@example.org?subject=help>\r\nList-Post: <mailto:\r\nList-Subscribe: <https://lists.example.org/mailman/listinfo/>,\r\n\t<mailto:-request@example.org?subject=subscribe>\r\nList-Id: \r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Unsubscribe: <https://>,\r\n\t<mailto:-request@example.org?subject=unsubscribe>\r\nList-Archive: <\r\n',
  'User-Agent: Mozilla Thunderbird\r\nX-Mailer: Microsoft Outlook Express 6.00\r\nX-MimeOLE: Produced By Microsoft MimeOLE V6.00\r\nX-Priority: 3 (Normal)\r\nX-MSMail-Priority: Normal\r\nImportance: Normal\r\n',
  'Received: from localhost (localhost [127.0.0.1])\r\n\tby \r\nReceived: from unknown (HELO \r\nReceived: (qmail  invoked from network); \r\nReceived: by mx.example.org (Postfix, from userid 500)\r\n\tid \r\n with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n\t key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)\r\n\t(No client certificate requested)\r\n\tby mx.example.org (Postfix) with ESMTPS id \r\n',
  'Received: from mail.example.com (mail.example.com [192.0.2.1]) by\r\n    mx.example.org (8.11.6/8.11.6) with ESMTP id g8 for\r\n    <@example.org>; Tue, 06 Aug 2024 12:37:31 +0100\r\n',
  ...['Sun', 'Sat', 'Fri', 'Thu', 'Wed', 'Tue', 'Mon'].map(day => `; ${day}, `),
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map(
    month => ` ${month} 2025 `,
  ),
  ' 2026 -0700 (PDT)\r\n -0400 (EDT)\r\n -0500 (EST)\r\n +0200 (CEST)\r\n +0100\r\n +0000 (UTC)\r\n GMT\r\n',
  'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=; s=; t=; h=from:to:cc:subject:date:message-id:reply-to:mime-version:content-type:in-reply-to:references; bh=; b=\r\n',
  'Reply-To: \r\nCc: \r\nReferences: <\r\n\t<\r\nIn-Reply-To: <\r\nSubject: =?utf-8?Q?\r\nSubject: =?UTF-8?B?\r\nSubject: Re: [\r\n',
  'Return-Path: <\r\nDelivered-To: \r\nX-Original-To: \r\nReceived: from smtp.example.com (smtp.example.com [192.0.2.1])\r\n\tby mx.example.net (Postfix) with ESMTP id \r\n\tfor <@gmail.com>; Mon, \r\nMIME-Version: 1.0\r\nDate: Mon, \r\nMessage-ID: <CA@mail.gmail.com>\r\nMessage-Id: <20\r\nFrom: "\r\nTo: <\r\nSubject: \r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 8bit\r\nContent-Disposition: inline\r\nContent-Type: text/plain; charset="utf-8"; format=flowed\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset="iso-8859-1"\r\nContent-Transfer-Encoding: 7bit\r\n\r\n',
]

const all = [words, ...html, ...parts, ...fields]
const lines = all.flatMap(piece => piece.split(/(?<=\n)/))

process.stdout.write(`/** Made by scripts/mail-dictionary.ts. Never changed: mail that was stored with it can only be read with it. */
export const lines = [
${lines.map(line => `  ${JSON.stringify(line)},`).join('\n')}
]
`)
