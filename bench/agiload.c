/* agiload - FastAGI load generator that behaves like Asterisk's res_agi.c run_agi().
 * build: cc -O2 -o agiload agiload.c -lm    (Linux, glibc >= 2.35)
 *
 * What it copies from Asterisk 22.10.1 res/res_agi.c:
 *  - non-blocking connect, wait for POLLOUT, then the environment (launch_netscript/setup_env)
 *    -e 1: one write() (cheapest for the generator)   -e 2: one write() per line, like Asterisk (Nagle on)
 *  - commands are read through a 4096-byte stdio-like buffer, and exactly ONE line is handled per
 *    poll-readiness of the socket (fdopen()+fgets() behind poll()).  A server that sends two lines in
 *    one segment and then waits, stalls here exactly as it stalls in Asterisk. -k 0 turns this off.
 *  - at EOF: sends "HANGUP\n" (-g 0 turns it off), then closes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFSZ 4096
typedef struct sess {
	int fd, state; /* 0 free 1 connecting 2 env queued/sending 3 running */
	int64_t t0;    /* start (scheduled start in open loop) */
	int ncmd, eof, epollin, wanted_out;
	int off, len;
	int envoff, delayed;
	int64_t due;
	struct sess *dnext;
	char out[96];
	int outlen;
	char buf[BUFSZ];
} sess;

static const char *host = "127.0.0.1", *script = "route";
static const char *dnis = "1800123456";
static long callers = 1000000; static int off_ani, off_uid; static unsigned long serial; static uint64_t rng = 88172645463325252ULL;
static int port = 4573, conc = 16, envmode = 1, faithful = 1, sendhup = 1, nsrc = 8, expect = -1, json = 0, poisson = 0;
static int quiet = 0, warm = 0;
static int64_t total = 10000, delay_ns = 0, timeout_ns = 10000000000LL, maxdur_ns = 0;
static double rate = 0;
static int pids[64], npids;
static int ep;
static sess *pool, **freelist, *dhead, *dtail;
static int nfree, npool;
static int64_t started, done, live, maxlive;
static int64_t e_conn, e_reset, e_timeout, e_short, e_nofree;
static int64_t c_get, c_full, c_set, c_exec, c_other, c_total;
static uint32_t *lat; static int64_t nlat;
static char env[8192]; static int envlen; static int lineoff[64], nlines;
/* -a KEY=VALUE: arguments of AGI(), as agi_arg_N; %u is the call's unique id, %n the eight digits of its caller */
enum { MOST_ARGS = 24, MOST_PLACES = 32 };
static const char *args[MOST_ARGS]; static int nargs;
static int uids[MOST_PLACES], nuids, anis[MOST_PLACES], nanis;
static struct sockaddr_in dst;
static unsigned srcrr;
static int64_t now_ns(void){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec*1000000000LL+t.tv_nsec;}
static int64_t nowc;

static void line(const char *f, ...) { va_list ap; va_start(ap,f); lineoff[nlines++]=envlen; envlen+=vsnprintf(env+envlen,sizeof env-envlen,f,ap); va_end(ap); }
static void literal(char c) { env[envlen++]=c; }
static void place(int *places, int *n, const char *text, int digits) {
	if (*n==MOST_PLACES) { fprintf(stderr,"-a: too many %%u or %%n\n"); exit(1); }
	places[(*n)++]=envlen+strlen(text)-digits; while (*text) literal(*text++);
}
static void argument(int n, const char *a) {
	line("agi_arg_%d: ",n);
	for (; *a; a++) {
		if (envlen>(int)sizeof env-1024) { fprintf(stderr,"-a: too long\n"); exit(1); }
		if (a[0]=='%' && a[1]=='u') { place(uids,&nuids,"1760000000.000000000",9); a++; }
		else if (a[0]=='%' && a[1]=='n') { place(anis,&nanis,"00000000",8); a++; }
		else literal(*a);
	}
	literal('\n');
}
static void mkenv(void) {
	line("agi_network: yes\n"); line("agi_network_script: %s\n",script);
	line("agi_request: agi://127.0.0.1:%d/%s\n",port,script);
	line("agi_channel: PJSIP/trunk-de-0000a1b2\n"); line("agi_language: en\n"); line("agi_type: PJSIP\n");
	off_uid=envlen+13; line("agi_uniqueid: 1760000000.%09lu\n",0UL); line("agi_version: 22.10.1\n");
	off_ani=envlen+14+2; line("agi_callerid: 05%08lu\n",0UL); line("agi_calleridname: unknown\n");
	line("agi_callingpres: 0\n"); line("agi_callingani2: 0\n"); line("agi_callington: 0\n"); line("agi_callingtns: 0\n");
	line("agi_dnid: %s\n",dnis); line("agi_rdnis: unknown\n"); line("agi_context: ivr\n");
	line("agi_extension: %s\n",dnis); line("agi_priority: 1\n"); line("agi_enhanced: 0.0\n");
	line("agi_accountcode: \n"); line("agi_threadid: 140213345678912\n");
	for (int i=0;i<nargs;i++) argument(i+1,args[i]);
	line("\n");
	lineoff[nlines]=envlen;
}
static void finish(sess *s, int ok) {
	if (ok && expect>=0 && s->ncmd!=expect) { e_short++; ok=0; }
	int64_t t=now_ns();
	if (ok && done>=warm) { int64_t d=(t-s->t0)/100; lat[nlat++]=d>4294967295LL?4294967295u:(uint32_t)d; }
	close(s->fd); s->state=0; s->fd=-1; freelist[nfree++]=s; live--; done++;
}
static void ectl(sess *s, uint32_t ev, int add) { struct epoll_event e={.events=ev,.data.ptr=s}; epoll_ctl(ep,add?EPOLL_CTL_ADD:EPOLL_CTL_MOD,s->fd,&e); }
/* every session has a caller of its own (of `callers`, all equally likely) and a unique id of its own */
static void digits(char *to, int n, unsigned long v) { while (n--) { to[n]='0'+v%10; v/=10; } }
static void newcall(void) {
	rng^=rng<<13; rng^=rng>>7; rng^=rng<<17;
	unsigned long who=rng%(callers>0?callers:1);
	digits(env+off_ani,8,who); digits(env+off_uid+12,9,++serial);
	for (int i=0;i<nanis;i++) digits(env+anis[i],8,who);
	for (int i=0;i<nuids;i++) digits(env+uids[i],9,serial);
}
static int pushenv(sess *s) { /* 1 done, 0 again, -1 err */
	if (!s->envoff) newcall();
	while (s->envoff<envlen) {
		int n;
		if (envmode==2) { int i=0; while (lineoff[i+1]<=s->envoff) i++; n=lineoff[i+1]-s->envoff; } else n=envlen-s->envoff;
		ssize_t r=send(s->fd,env+s->envoff,n,MSG_NOSIGNAL);
		if (r<0) { if (errno==EAGAIN||errno==ENOTCONN) return 0; return -1; }
		s->envoff+=r;
	}
	return 1;
}
static void start_one(int64_t t0) {
	if (!nfree) { e_nofree++; done++; started++; return; }
	sess *s=freelist[--nfree];
	s->fd=socket(AF_INET,SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC,0);
	if (s->fd<0) { perror("socket"); exit(2); }
	started++; live++; if (live>maxlive) maxlive=live;
	s->t0=t0; s->ncmd=s->eof=s->off=s->len=s->envoff=s->delayed=s->outlen=0; s->state=1; s->due=0;
	if (nsrc>1) { int one=1; struct sockaddr_in a={.sin_family=AF_INET}; a.sin_addr.s_addr=htonl(0x7f000001u+(srcrr++%nsrc)); setsockopt(s->fd,SOL_IP,IP_BIND_ADDRESS_NO_PORT,&one,sizeof one); bind(s->fd,(void*)&a,sizeof a); }
	int r=connect(s->fd,(void*)&dst,sizeof dst);
	if (r<0 && errno!=EINPROGRESS) { e_conn++; finish(s,0); return; }
	/* loopback: the handshake has usually finished by now */
	int p=pushenv(s);
	if (p<0) { e_conn++; finish(s,0); return; }
	if (p==1) { s->state=3; ectl(s,EPOLLIN,1); } else ectl(s,EPOLLOUT,1);
}
static void reply(sess *s) {
	ssize_t r=send(s->fd,s->out,s->outlen,MSG_NOSIGNAL); (void)r; /* EPIPE/ECONNRESET as in Asterisk: EOF follows */
	s->outlen=0;
}
static void handle_line(sess *s, char *l, int n) {
	s->ncmd++; c_total++;
	const char *o="510 Invalid or unknown command\n";
	if (n>=12 && !memcmp(l,"SET VARIABLE",12)) { c_set++; o="200 result=1\n"; }
	else if (n>=12 && !memcmp(l,"GET VARIABLE",12)) { c_get++; o="200 result=1 (+4930123456789)\n"; }
	else if (n>=17 && !memcmp(l,"GET FULL VARIABLE",17)) { c_full++; o="200 result=1 (+4930123456789)\n"; }
	else if (n>=4 && !memcmp(l,"EXEC",4)) { c_exec++; o="200 result=0\n"; }
	else { c_other++; if (n>=3 && (!memcmp(l,"SET",3)||!memcmp(l,"NOO",3)||!memcmp(l,"VER",3))) o="200 result=0\n"; }
	s->outlen=strlen(o); memcpy(s->out,o,s->outlen);
	if (delay_ns) { s->delayed=1; s->due=nowc+delay_ns; s->dnext=NULL; ectl(s,0,0); if (dtail) dtail->dnext=s; else dhead=s; dtail=s; }
	else reply(s);
}
static void on_in(sess *s) {
	/* one fgets() */
	for (;;) {
		char *b=s->buf+s->off; char *nl=s->len?memchr(b,'\n',s->len):NULL;
		if (nl) { int n=nl-b; s->off+=n+1; s->len-=n+1; handle_line(s,b,n); if (faithful||s->delayed) return; continue; }
		if (s->eof) { if (s->len) { int n=s->len; s->len=0; handle_line(s,b,n); return; }
			if (sendhup) { ssize_t r=send(s->fd,"HANGUP\n",7,MSG_NOSIGNAL); (void)r; }
			finish(s,1); return; }
		if (s->off && s->len) memmove(s->buf,b,s->len);
		s->off=0;
		if (s->len==BUFSZ) { e_reset++; finish(s,0); return; }
		ssize_t r=read(s->fd,s->buf+s->len,BUFSZ-s->len);
		if (r>0) { s->len+=r; continue; }
		if (r==0) { s->eof=1; continue; }
		if (errno==EAGAIN||errno==EINTR) return;
		if (errno==ECONNRESET && expect>=0 && s->ncmd==expect && !s->len) { s->eof=1; finish(s,1); return; }
		e_reset++; finish(s,0); return;
	}
}
static int cmpu(const void*a,const void*b){uint32_t x=*(uint32_t*)a,y=*(uint32_t*)b;return x<y?-1:x>y;}
static double pc(double q){ if(!nlat) return 0; int64_t i=(int64_t)ceil(q*nlat)-1; if(i<0)i=0; return lat[i]/10.0; }
static int64_t cpu_of(int pid){ clockid_t c; struct timespec t; if (clock_getcpuclockid(pid,&c)||clock_gettime(c,&t)) return 0; return t.tv_sec*1000000000LL+t.tv_nsec; }
static void usage(void){fprintf(stderr,"agiload [-H host] [-p port] [-c conc] [-n sessions] [-r rate/s [-x]] [-D reply_delay_us] [-e 1|2] [-k 0|1]\n  [-g 0|1 hangup line] [-m expected_cmds] [-P server_pid[,pid..]] [-t timeout_s] [-T max_duration_s] [-s script] [-S nsrc] [-w warm] [-d dialled] [-N callers] [-j]\n  [-u first_serial: of the unique ids; another one, other callers] [-a key=value: an argument, %%u unique id, %%n caller]\n");exit(1);}
int main(int ac,char**av){
	int o; signal(SIGPIPE,SIG_IGN);
	while((o=getopt(ac,av,"H:p:c:n:r:D:e:k:g:m:P:t:T:s:S:w:d:N:u:a:jxq"))>0) switch(o){
	case 'H':host=optarg;break;case 'p':port=atoi(optarg);break;case 'c':conc=atoi(optarg);break;case 'n':total=atoll(optarg);break;
	case 'r':rate=atof(optarg);break;case 'D':delay_ns=atof(optarg)*1000;break;case 'e':envmode=atoi(optarg);break;case 'k':faithful=atoi(optarg);break;
	case 'g':sendhup=atoi(optarg);break;case 'm':expect=atoi(optarg);break;case 't':timeout_ns=atof(optarg)*1e9;break;case 'T':maxdur_ns=atof(optarg)*1e9;break;
	case 's':script=optarg;break;case 'u':serial=strtoul(optarg,NULL,10);rng^=serial*0x9E3779B97F4A7C15ULL;break;
	case 'a':if(nargs==MOST_ARGS||strlen(optarg)>1000)usage();args[nargs++]=optarg;break;
	case 'd':dnis=optarg;break;case 'N':callers=atol(optarg);break;case 'S':nsrc=atoi(optarg);break;case 'w':warm=atoi(optarg);break;case 'j':json=1;break;case 'x':poisson=1;break;case 'q':quiet=1;break;
	case 'P':{char*p=optarg;while(p&&*p){pids[npids++]=strtol(p,&p,10);if(*p==',')p++;}}break;
	default:usage();}
	dst.sin_family=AF_INET;dst.sin_port=htons(port);inet_pton(AF_INET,host,&dst.sin_addr);
	mkenv();
	struct rlimit rl; getrlimit(RLIMIT_NOFILE,&rl); rl.rlim_cur=rl.rlim_max; setrlimit(RLIMIT_NOFILE,&rl);
	npool=rate>0?(conc>16?conc:4096):conc; if (npool>(int)rl.rlim_cur-64) npool=rl.rlim_cur-64;
	pool=calloc(npool,sizeof *pool);freelist=calloc(npool,sizeof *freelist);
	for(int i=npool-1;i>=0;i--){pool[i].fd=-1;freelist[nfree++]=&pool[i];}
	lat=malloc((total+1)*sizeof *lat); memset(lat,0,(total+1)*sizeof *lat);
	ep=epoll_create1(EPOLL_CLOEXEC);
	int64_t t_start=now_ns(),t_warm=t_start,next=t_start,lastscan=t_start; double acc=0; int64_t nidx=0; srand48(42);
	int64_t cpu0=0; for(int i=0;i<npids;i++)cpu0+=cpu_of(pids[i]);
	struct rusage ru0,ru1; getrusage(RUSAGE_SELF,&ru0);
	struct epoll_event ev[512]; int stop=0; int64_t warmdone=0;
	nowc=t_start;
	while (done<total && !stop) {
		if (rate>0) { while(started<total && next<=nowc){ start_one(next); nidx++; acc+=poisson?-log(1-drand48()):1.0; next=t_start+(int64_t)(acc*1e9/rate); } }
		else { while(started<total && live<conc) start_one(now_ns()); }
		int64_t wait=200000000LL; nowc=now_ns();
		if (rate>0 && started<total) wait=next-nowc;
		if (dhead && dhead->due-nowc<wait) wait=dhead->due-nowc;
		if (wait<0) wait=0;
		if (wait>200000000LL) wait=200000000LL;
		struct timespec ts={wait/1000000000LL,wait%1000000000LL};
		int n=epoll_pwait2(ep,ev,512,&ts,NULL);
		nowc=now_ns();
		for(int i=0;i<n;i++){ sess*s=ev[i].data.ptr; if(!s->state)continue;
			if (s->state==1){ int err=0; socklen_t l=sizeof err; getsockopt(s->fd,SOL_SOCKET,SO_ERROR,&err,&l); if(err){e_conn++;finish(s,0);continue;}
				int p=pushenv(s); if(p<0){e_reset++;finish(s,0);continue;} if(p==1){s->state=3;ectl(s,EPOLLIN,0);} continue; }
			if (s->delayed) { /* HUP while delayed */ continue; }
			on_in(s);
			if (warm && !warmdone && done>=warm){warmdone=1;t_warm=now_ns();}
		}
		while(dhead && dhead->due<=nowc){ sess*s=dhead; dhead=s->dnext; if(!dhead)dtail=NULL; if(!s->state)continue; s->delayed=0; reply(s); ectl(s,EPOLLIN,0); }
		if (nowc-lastscan>500000000LL){ lastscan=nowc; for(int i=0;i<npool;i++){sess*s=&pool[i]; if(s->state && !s->delayed && nowc-s->t0>timeout_ns){e_timeout++;finish(s,0);} } if(maxdur_ns && nowc-t_start>maxdur_ns) stop=1; }
	}
	int64_t t_end=now_ns(); getrusage(RUSAGE_SELF,&ru1);
	int64_t cpu1=0; for(int i=0;i<npids;i++)cpu1+=cpu_of(pids[i]);
	double el=(t_end-(warm?t_warm:t_start))/1e9;
	double gcpu=(ru1.ru_utime.tv_sec-ru0.ru_utime.tv_sec)+(ru1.ru_stime.tv_sec-ru0.ru_stime.tv_sec)+((ru1.ru_utime.tv_usec-ru0.ru_utime.tv_usec)+(ru1.ru_stime.tv_usec-ru0.ru_stime.tv_usec))/1e6;
	double tot=(t_end-t_start)/1e9;
	int64_t ok=nlat; qsort(lat,nlat,sizeof *lat,cmpu);
	double sum=0; for(int64_t i=0;i<nlat;i++)sum+=lat[i]/10.0;
	int64_t errs=e_conn+e_reset+e_timeout+e_short+e_nofree;
	if (json) printf("{\"mode\":\"%s\",\"conc\":%d,\"rate\":%.0f,\"ok\":%ld,\"errors\":%ld,\"e_conn\":%ld,\"e_reset\":%ld,\"e_timeout\":%ld,\"e_short\":%ld,\"e_nofree\":%ld,\"elapsed\":%.3f,\"sps\":%.1f,\"mean\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f,\"cmds\":%ld,\"gen_cpu_us\":%.2f,\"gen_util\":%.3f,\"srv_cpu_us\":%.2f,\"srv_util\":%.3f,\"maxlive\":%ld}\n",
		rate>0?"open":"closed",conc,rate,ok,errs,e_conn,e_reset,e_timeout,e_short,e_nofree,el,ok/el,nlat?sum/nlat:0,pc(.5),pc(.9),pc(.99),pc(.999),pc(1),c_total,gcpu*1e6/(done?done:1),gcpu/tot,(cpu1-cpu0)/1e3/(done?done:1),(cpu1-cpu0)/1e9/tot,maxlive);
	else printf("%s c=%d rate=%.0f  sessions ok=%ld err=%ld (conn %ld reset %ld timeout %ld short %ld nofree %ld)  %.3fs\n"
		"throughput %.1f sessions/s, %.1f cmds/s   cmds: GETVAR %ld GETFULL %ld SETVAR %ld EXEC %ld other %ld\n"
		"latency us: mean %.1f p50 %.1f p90 %.1f p99 %.1f p99.9 %.1f max %.1f   maxlive %ld\n"
		"cpu us/session: generator %.2f (util %.0f%%) server %.2f (util %.0f%%)\n",
		rate>0?"open":"closed",conc,rate,ok,errs,e_conn,e_reset,e_timeout,e_short,e_nofree,el,ok/el,c_total/tot,c_get,c_full,c_set,c_exec,c_other,
		nlat?sum/nlat:0,pc(.5),pc(.9),pc(.99),pc(.999),pc(1),maxlive,gcpu*1e6/(done?done:1),100*gcpu/tot,(cpu1-cpu0)/1e3/(done?done:1),100*(cpu1-cpu0)/1e9/tot);
	return errs?3:0;
}
