/**
 * Passwords that are refused: those of eight characters and more that attackers try first, in lower case. Common
 * words, names, keyboard walks, number runs, teams, and the variants that people make of them.
 */
const LIST = `
password password1 password12 password123 password1234 password12345 password! password1! password123! password01
password2 password3 password99 password2020 password2021 password2022 password2023 password2024 password2025
password2026 passw0rd passw0rd1 passw0rd! p@ssw0rd p@ssw0rd1 p@ssword p@ssword1 p@$$w0rd pa$$word pa$$w0rd passwort
passwort1 motdepasse contrasena contraseña wachtwoord parola123 12345678 123456789 1234567890 12345678910 0123456789
123123123 1231231234 123321123 123654789 1234qwer 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2
zaq12wsx zaq1zaq1 zaq1xsw2 zxcvbnm1 zxcvbnm123 zxcvbnm, asdfghjkl asdfghjk asdfghj1 asdf1234 asdfasdf asdfjkl;
qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwerty1! qwer1234 qwerasdf qwertzuiop
azertyuiop azerty123 qazwsxedc qazwsx123 qwe123qwe qweasdzxc qweqweqwe q1w2e3r4 q1w2e3r4t5 11111111 111111111
1111111111 22222222 33333333 44444444 55555555 66666666 77777777 88888888 99999999 00000000 000000000 0000000000
11112222 11223344 1122334455 12121212 12341234 13131313 69696969 87654321 987654321 9876543210 98765432 01234567
10203040 102030405 14725836 147258369 159357456 159753456 741852963 789456123 963852741 147852369 aaaaaaaa aaaaaaaaaa
abababab abcabcabc abcd1234 abcdefgh abcdefghi abcdefghij abc12345 abc123456 abc123abc a1b2c3d4 a1234567 a12345678
a123456789 aa123456 aa12345678 aaa11111 zzzzzzzz xxxxxxxx iloveyou iloveyou1 iloveyou2 iloveyou! iloveyou12
iloveyou123 iloveu123 lovelove loveyou1 lovers123 loveme123 sunshine sunshine1 sunshine123 princess princess1
princess123 football football1 football123 baseball baseball1 basketball basketball1 softball1 volleyball soccer12
soccer123 hockey123 superman superman1 superman123 batman123 spiderman spiderman1 wolverine ironman1 captain1 avengers
starwars starwars1 startrek darthvader pokemon1 pokemon123 minecraft minecraft1 fortnite roblox123 nintendo
playstation xbox360x trustno1 letmein1 letmein! letmein123 letmein12 welcome1 welcome12 welcome123 welcome1234
welcome! welcome1! welcome01 welcome2 admin123 admin1234 admin12345 admin123456 administrator administrator1
adminadmin admin@123 root1234 rootroot toor1234 changeme changeme1 changeme123 changeit default1 test1234 test12345
testtest testing1 testing123 tester12 guest123 guest1234 temp1234 temporary sample123 example1 demo1234 user1234
username username1 userpass mypassword mypass123 mypassword1 yourpassword newpassword newpass1 oldpassword secret12
secret123 secret1234 topsecret access14 access123 computer computer1 computer123 internet internet1 internet123
system32 windows1 windows10 windows7 linux123 ubuntu123 debian123 server123 database oracle123 mysql123 postgres
postgres1 raspberry cisco123 cisco1234 samsung1 samsung123 iphone12 android1 google123 google1234 facebook facebook1
facebook123 youtube1 twitter1 instagram instagram1 linkedin linkedin1 whatsapp snapchat hotmail1 gmail123 yahoo123
microsoft microsoft1 amazon123 michelle michelle1 jennifer jennifer1 jessica1 jessica123 ashley123 amanda123 samantha
samantha1 elizabeth elizabeth1 stephanie stephanie1 christina christine catherine katherine charlotte alexandra
alexander alexander1 alexandre alejandro alejandra isabella gabriella gabriela gabriel1 victoria victoria1 veronica
patricia patrick1 margaret danielle daniel123 daniela1 jonathan jonathan1 christian christian1 christopher nicholas
nicholas1 benjamin benjamin1 anthony1 anthony123 andrew123 matthew1 michael1 michael123 michael12 robert123 richard1
william1 william123 thomas123 charlie1 charlie123 jackson1 jordan23 jordan123 justin123 brandon1 brandon123 joshua123
joseph123 george123 francisco sebastian fernando leonardo eduardo1 vanessa1 valentina rebecca1 natalie1 nathalie
nicole123 melissa1 marlboro maria123 carolina caroline angelina angelica angel123 angels123 barbara1 monkey12
monkey123 monkey1234 dragon12 dragon123 dragon1234 dragonball shadow12 shadow123 master12 master123 killer12 killer123
hunter12 hunter123 hunter22 ranger123 buster123 bailey123 maggie123 cookie123 ginger123 pepper123 cheese123 chocolate
chocolate1 butterfly butterfly1 strawberry blueberry pineapple watermelon cupcake1 icecream banana123 bananas1
orange123 purple123 yellow123 silver123 diamond1 diamonds sapphire emerald1 rainbow1 rainbow123 flower123 flowers1
sunflower summer12 summer123 summer01 summer2019 summer2020 summer2021 summer2022 summer2023 summer2024 summer2025
summer2026 winter123 winter2020 winter2021 winter2022 winter2023 winter2024 winter2025 winter2026 spring123 spring2023
spring2024 spring2025 spring2026 autumn123 autumn2024 autumn2025 monday123 friday123 january1 february september
september1 october1 november november1 december december1 liverpool liverpool1 liverpoolfc chelsea1 chelsea123
arsenal1 arsenal123 barcelona barcelona1 realmadrid manchester manutd123 juventus juventus1 bayern123 steelers
steelers1 cowboys1 lakers24 yankees1 redsox123 patriots packers1 eagles123 raiders1 raiders123 mustang1 corvette
corvette1 ferrari1 porsche1 mercedes mercedes1 bmw12345 harley123 yamaha123 kawasaki chevrolet chevy123 metallica
metallica1 nirvana1 slipknot slipknot1 blink182 linkinpark greenday1 eminem123 beatles1 rocknroll guitar123 whatever
whatever1 nothing1 something anything forever1 forever123 together together1 goodluck goodmorning goodnight hello123
hello1234 helloworld helloworld1 hellohello hello12345 hellokitty hellokitty1 blessed1 blessing jesus123 jesuschrist
godisgood heaven123 christ123 freedom1 freedom123 liberty1 america1 america123 american1 australia germany1
deutschland france123 england1 england123 scotland ireland1 canada123 brazil123 mexico123 argentina colombia1
italia123 portugal indonesia pakistan pakistan123 india123 indian123 bangladesh philippines singapore malaysia
vietnam1 newyork1 california california1 florida1 texas123 london123 paris123 berlin123 hamburg1 midnight moonlight
starlight thunder1 lightning hurricane tornado1 mountain mountains elephant crocodile alligator kangaroo dolphin1
dolphins dolphins1 penguin1 panthers panther1 tiger123 tigers123 bulldogs bulldog1 unicorn1 unicorns mermaid1
fairytale cinderella tinkerbell mickeymouse snoopy123 garfield scoobydoo spongebob spongebob1 simpsons bigdaddy
bigmoney money123 moneymoney cashmoney business business1 company1 company123 office123 manager1 manager123 football12
champion champions champion1 winner123 warrior1 warriors warcraft worldofwarcraft counterstrike callofduty assassin
assassin1 stalker1 sniper123 phantom1 predator terminator terminal matrix123 blackjack poker123 casino123 lucky123
lucky777 lucky1234 fuckyou1 fuckyou! fuckyou2 fuckyou123 fuckoff1 asshole1 bullshit bitch123 pussycat sexybitch
sexy1234 sexygirl sexylady babygirl babygirl1 babygirl12 babygurl1 babyblue babydoll princesa princesa1 mommy123
daddy123 daddysgirl family123 friends1 friends123 friendship bestfriend bestfriends boyfriend girlfriend beautiful
beautiful1 gorgeous handsome sweetheart sweetie1 sweetpea cutiepie heartbreak happy123 happyday smile123 creative
creative1 student1 student123 teacher1 teacher123 school123 college1 university education science1 chemistry physics1
engineer engineer1 doctor123 security security1 security123 password0 password11 password21 password22 postern1
postern123 postmaster postmaster1 mailadmin mailserver mail1234 email123 email1234 webmaster webmaster1 sysadmin
sysadmin1
`;

export const BAD_PASSWORDS: ReadonlySet<string> = new Set(LIST.trim().split(/\s+/));
