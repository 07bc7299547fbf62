import glob, os, urllib.request as web

COURSE = "https://github.com/your-account/language-intelligence-1"
COURSE = os.environ.get("COURSE_REPOSITORY", COURSE)
begin = glob.glob("../../helpers/begin.py") or glob.glob("*/helpers/begin.py")
exec(open((begin or web.urlretrieve(f"{COURSE}/raw/main/helpers/begin.py"))[0]).read())
